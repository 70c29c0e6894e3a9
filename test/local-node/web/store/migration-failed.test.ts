import { expect, it } from 'vitest'
import { DocumentRefused } from '../../../../adapters/rxdb/migrate-collections.ts'
import { MigrationFailed, unsentFile } from '../../../../local-node/web/store/migration-failed.ts'

const NOTHING = () => Promise.resolve({})
const full = Object.assign(new Error('AbortError'), { inner: { name: 'QuotaExceededError' } })

it.each([
  ['full', full],
  ['refused', new DocumentRefused('members', 'm1', '/name must be string')],
  ['failed', new Error('UnknownError: Internal error.\nsecond line')],
])('knows a device where it is %s by what the browser said', (kind, cause) => {
  expect(new MigrationFailed(cause, 'b1', NOTHING)).toMatchObject({ kind, cause })
})

it('says what went wrong in one line, and names the document', () => {
  const { message } = new MigrationFailed(new DocumentRefused('members', 'm1', '/name must be string'), 'b1', NOTHING)
  expect(message).toBe('members m1: /name must be string')
  expect(new MigrationFailed(new Error('one\ntwo'), 'b1', NOTHING).message).toBe('one')
})

it('writes a file that tells whose it is, when and why, with every document whole', () => {
  const failed = new MigrationFailed(new Error('why'), 'b1', NOTHING)
  const documents = { orders: [{ id: 'o1', total: 2400 }] }
  const { name, text } = unsentFile(failed, documents, '2026-03-01T09:00:00.000Z')
  expect(name).toBe('outpost-unsent-b1-2026-03-01.json')
  expect(JSON.parse(text)).toEqual({ branchId: 'b1', at: '2026-03-01T09:00:00.000Z', why: 'why', documents })
})
