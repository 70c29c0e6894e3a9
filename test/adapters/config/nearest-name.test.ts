import { describe, expect, it } from 'vitest'
import { nearestName } from '../../../adapters/config/nearest-name.ts'

const NAMES = ['port', 'setupPort', 'certificate', 'ca', 'urlFile']

describe('the name that was meant', () => {
  it.each([
    ['prot', 'port'],
    ['Port', 'port'],
    ['pot', 'port'],
    ['ports', 'port'],
    ['setup-port', 'setupPort'],
    ['setup_port', 'setupPort'],
    ['certificat', 'certificate'],
    ['cert', 'certificate'],
    ['url', 'urlFile'],
    ['cas', 'ca'],
  ])('of %s is %s', (written, meant) => {
    expect(nearestName(written, NAMES)).toBe(meant)
  })

  it.each(['colour', 'x', '', 'zz'])('of %s is none', (written) => {
    expect(nearestName(written, NAMES)).toBeUndefined()
  })
})
