import { expect, it } from 'vitest'
import { reachableAddress } from '../../../cloud-node/cli/reachable-address.ts'

it.each([
  ['http://127.0.0.1:7700', ['hq.example.com'], 'http://127.0.0.1:7700'],
  ['https://0.0.0.0:7700', ['hq.example.com', 'other.example'], 'https://hq.example.com:7700'],
  ['https://0.0.0.0:7700', undefined, 'https://localhost:7700'],
  ['https://[::]:443', ['fd00::1'], 'https://[fd00::1]'],
  ['http://[::]:7700', ['10.0.0.2'], 'http://10.0.0.2:7700'],
])('headquarters at %s with the names %j is told to be at %s', (address, names, told) => {
  expect(reachableAddress(address, names)).toBe(told)
})
