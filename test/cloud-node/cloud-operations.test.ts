import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CloudOperations } from '../../cloud-node/cloud-operations.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import type { AccountRole, Principal } from '../../schemas/access.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { heartbeatOf } from '../support/served-cloud.ts'

let folder: { path: string; remove: () => void }
let operations: CloudOperations
let close: () => void

beforeEach(() => {
  folder = temporaryFolder()
  ;({ operations, close } = openStoppedCloud(folder.path, COLLECTIONS, true))
  operations.addBranch({ id: 'north', name: 'North' })
})

afterEach(() => {
  close()
  folder.remove()
})

const anna = (role: AccountRole): Principal => ({ kind: 'account', id: 'a', name: 'Anna', role })
const rename = (role: AccountRole) => operations.write('branches', { id: 'north', name: 'North Gate' }, anna(role))

it('lets no operator write the document of a branch, since that says whether the branch may come', () => {
  expect(() => rename('operator')).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
  expect(operations.read('branches', 'north')).toMatchObject({ name: 'North' })
  expect(rename('administrator')).toMatchObject({ name: 'North Gate' })
})

it.each(['a\tb', 'a\u202eb', '\u2067a', 'a\u0000'])(
  'takes no name for a branch that turns lines round or cannot be seen: %j',
  (name) => {
    const refusal = expect.objectContaining({ code: 'DOCUMENT_INVALID', field: 'name' }) as Error
    expect(() => operations.addBranch({ id: 'west', name })).toThrow(refusal)
    expect(() => operations.write('branches', { id: 'north', name }, anna('administrator'))).toThrow(refusal)
  },
)

it.each(['enabled', 'retired'])('changes %s of a branch by its own address only, for whom it may be', (field) => {
  const write = () => operations.write('branches', { id: 'north', [field]: true }, anna('administrator'))
  expect(write).toThrow(expect.objectContaining({ code: 'BAD_REQUEST', field }))
})

it('tells a viewer no phone in full, whatever it asks for, and whoever may act all of it', () => {
  const member = { id: 'r-1', scope: 'north', generation: 0, name: 'Li', contactPhone: '+8613800138000' }
  operations.write('members', { ...member, tags: [], registrations: [], aliases: [], followUps: [] })
  const told = (role: AccountRole) => operations.read('members', 'r-1', anna(role))
  expect(told('viewer')).toMatchObject({ name: 'Li', contactPhone: '138****8000' })
  expect(JSON.stringify(told('viewer'))).not.toContain('00138000')
  expect(told('operator')).toMatchObject({ contactPhone: '+8613800138000' })
  expect(operations.read('members', 'r-1')).toEqual(told('operator'))
})

it('takes no more bundles of a PC that was shut out, and makes none for it', () => {
  const keys = { signing: 'a key', recipient: 'age1something' }
  operations.registry.heartbeat('north', heartbeatOf('north', { keys }))
  expect(operations.registry.keysOf('north')).toEqual([keys])
  operations.access.enrolment.revoke('north', true)
  expect(operations.registry.keysOf('north')).toEqual([keys])
  operations.access.enrolment.revoke('north', false)
  expect(operations.registry.keysOf('north')).toEqual([])
})
