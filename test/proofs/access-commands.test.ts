import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NorthBranch } from '../support/north-branch.ts'

let north: NorthBranch

async function result<T>(args: readonly string[], pin = ''): Promise<T> {
  const { code, stdout, stderr } = await north.command([...args, '--json'], pin)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as T
}

beforeAll(async () => {
  north = await NorthBranch.enrol()
}, 120_000)

afterAll(() => north[Symbol.asyncDispose]())

interface Person {
  readonly name: string
  readonly role: string
  readonly closed: boolean
}

it('manages the staff while the node is stopped', async () => {
  expect((await north.command(['staff', 'list'])).stdout).toContain('nobody works here yet')
  expect(await result(['staff', 'add', 'Zhang Min', '--role', 'manager'], '830417')).toMatchObject({ role: 'manager' })
  const added = await north.command(['staff', 'add', 'Li Na'], '275918')
  expect(added).toMatchObject({ code: 0, stdout: 'Li Na works here as cashier now\n' })
  await result(['staff', 'role', 'Li Na', '--role', 'manager'])
  await result(['staff', 'close', 'Li Na'])
  const refused = await north.command(['staff', 'close', 'Zhang Min'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('[ACCOUNT_NEEDED]')
  const staff = await result<Person[]>(['staff', 'list'])
  expect(staff.map(({ name, role, closed }) => ({ name, role, closed }))).toEqual([
    { name: 'Li Na', role: 'manager', closed: true },
    { name: 'Zhang Min', role: 'manager', closed: false },
  ])
}, 120_000)

it.each([
  ['1234', '[BAD_REQUEST]'],
  ['', 'there is nobody to type it'],
])(
  'takes nobody with the PIN "%s", and repeats none',
  async (pin, why) => {
    const { code, stderr } = await north.command(['staff', 'add', 'Wang Wei'], pin)
    expect(code).toBe(1)
    expect(stderr).toContain(why)
    expect(stderr).not.toContain('1234')
  },
  120_000,
)

it('takes a PIN from a file that nobody else may read', async () => {
  const file = join(north.path, 'pin')
  writeFileSync(file, '640218\n', { mode: 0o644 })
  expect((await north.command(['staff', 'pin', 'Li Na', '--pin-file', file])).stderr).toContain('others may read')
  chmodSync(file, 0o600)
  expect((await north.command(['staff', 'pin', 'Li Na', '--pin-file', file])).code).toBe(0)
}, 120_000)

it('pairs and shuts out through the running node, which knows at once', async () => {
  expect((await north.command(['pair'])).stderr).toContain('[NODE_UNREACHABLE]')
  await north.start()
  const { url } = north.node
  const { code, link } = await result<{ code: string; link: string }>(['pair'])
  expect(link).toBe(`${url}/#/pair/${code}`)
  const paired = await fetch(`${url}/api/pairing`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, name: 'Till 1' }),
  })
  expect(paired.status).toBe(200)
  const cookie = paired.headers.getSetCookie()[0]!.split(';')[0]!

  const { token, id } = await result<{ token: string; id: string }>(['pair', '--program', 'Kitchen display'])
  const pull = (headers: Record<string, string>) => fetch(`${url}/orders/1/pull?limit=1&id=&lwt=0`, { headers })
  expect((await pull({ authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await pull({ cookie })).status).toBe(200)
  const devices = await result<{ id: string; name: string }[]>(['device', 'list'])
  expect(devices.map(({ name }) => name)).toEqual(['Kitchen display', 'Till 1'])

  const told = async () => (await fetch(`${url}/api/access`, { headers: { cookie } })).json()
  await result(['device', 'revoke', 'Till 1'])
  expect(await told()).toEqual({ paired: false, needsManager: false })
  expect((await north.command(['device', 'revoke', 'Till 1'])).stderr).toContain('[DEVICE_UNKNOWN]')
  expect((await north.command(['device', 'list', '--shut-out'])).stdout).toMatch(/ shut out \S+ {2}Till 1\n$/)
  await result(['device', 'revoke', 'Till 1', '--lost'])
  expect(await told()).toMatchObject({ paired: false, lost: true })
  expect(await result(['device', 'list', '--shut-out'])).toEqual([])
  expect((await pull({ cookie })).status).toBe(401)
  expect((await pull({ authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await north.command(['device', 'revoke', id, '--lost'])).stderr).toContain('[BAD_REQUEST]')
  expect((await north.command(['device', 'revoke', id])).stdout).toBe('Kitchen display is shut out\n')
  expect((await pull({ authorization: `Bearer ${token}` })).status).toBe(401)
  expect((await north.command(['device', 'revoke', id])).stderr).toContain('[DEVICE_UNKNOWN]')
  expect((await north.command(['staff', 'reopen', 'Li Na'])).stdout).toBe('Li Na is let in again\n')
}, 120_000)
