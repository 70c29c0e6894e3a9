import { expect, it } from 'vitest'
import { DocumentRefused } from '../../../../adapters/rxdb/migrate-collections.ts'
import { StoreIsNewer } from '../../../../local-node/web/store/store-versions.ts'
import { StoreTrouble, unsentFile } from '../../../../local-node/web/store/store-trouble.ts'

const NOTHING = () => Promise.resolve({})
const full = Object.assign(new Error('AbortError'), { inner: { name: 'QuotaExceededError' } })

it.each([
  ['full', full],
  ['refused', new DocumentRefused('members', 'm1', '/name must be string')],
  ['newer', new StoreIsNewer('members')],
  ['failed', new Error('UnknownError: Internal error.\nsecond line')],
])('knows a device where it is %s by what the browser said', (kind, cause) => {
  expect(new StoreTrouble(cause, 'b1', NOTHING)).toMatchObject({ kind, cause })
})

it('says what went wrong in one line, and names the document', () => {
  const { message } = new StoreTrouble(new DocumentRefused('members', 'm1', '/name must be string'), 'b1', NOTHING)
  expect(message).toBe('members m1: /name must be string')
  expect(new StoreTrouble(new Error('one\ntwo'), 'b1', NOTHING).message).toBe('one')
})

it('has words for what a storage answered for a row, which is no error', () => {
  const row = { status: 409, documentId: 'collection|members', writeRow: {} }
  expect(new StoreTrouble(row, 'b1', NOTHING)).toMatchObject({
    kind: 'failed',
    message: "the browser's store answered 409 for collection|members",
  })
})

it('writes a file that tells whose it is, when and why, with every document whole', () => {
  const failed = new StoreTrouble(new Error('why'), 'b1', NOTHING)
  const documents = { orders: [{ id: 'o1', total: 2400 }] }
  const { name, text } = unsentFile(failed, documents, '2026-03-01T09:00:00.000Z')
  expect(name).toBe('outpost-unsent-b1-2026-03-01.json')
  expect(JSON.parse(text)).toEqual({ branchId: 'b1', at: '2026-03-01T09:00:00.000Z', why: 'why', documents })
})
