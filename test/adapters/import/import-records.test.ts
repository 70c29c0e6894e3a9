import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReplica, declarationOf, type Replica } from '../../../adapters/exchange/replica.ts'
import { writeDocument } from '../../../adapters/exchange/write-documents.ts'
import { IdentityBook } from '../../../adapters/identity/identity-book.ts'
import { MembersHere } from '../../../adapters/identity/members-here.ts'
import { deleteGone } from '../../../adapters/import/delete-gone.ts'
import { ImportedRows } from '../../../adapters/import/imported-rows.ts'
import { importBatchSchema, importRecords, type ImportContext } from '../../../adapters/import/import-records.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { E164Phone, Scope, WriterId } from '../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { canonicalJson, type Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone, productIdOfLegacy, type ChainKey } from '../../../schemas/member-id.ts'
import { merge } from '../../../schemas/merge.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { CHAIN_KEY } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let opened: Replica[]

beforeEach(() => {
  folder = temporaryFolder()
  opened = []
})

afterEach(() => {
  for (const { store } of opened) store.close()
  folder.remove()
})

function openReplica(name: string): Replica {
  const store = new Store({ file: join(folder.path, `${name}.sqlite`), declarations: COLLECTIONS, tracksPending: true })
  const writer = `w${opened.length}`.padEnd(8, 'x') as WriterId
  const replica = createReplica({ store, clock: new WriterClock({ writer }), chainKey: CHAIN_KEY })
  opened.push(replica)
  return replica
}

const openBranch = (name = 'branch') => ({ ...openContext(name), branchId: 'b1' })
const openHeadquarters = () => openContext('cloud')

function openContext(name: string): ImportContext {
  const replica = openReplica(name)
  return { replica, here: new MembersHere(replica, new IdentityBook(replica.store)), country: 'CN' }
}

const row = { origin: { file: 'members.csv', line: 2 }, source: 'pos' }
const anna = { ...row, kind: 'member', legacyId: '7', name: 'Anna', phone: '13812345678', scope: 'shared' }
const tea = { ...row, kind: 'product', legacyId: 't', name: 'Tea', price: 500, currency: 'CNY' }
const line = { productLegacyId: 't', name: 'Tea', price: 500, quantity: 2, discount: 0 }
const bill = {
  ...row,
  kind: 'order',
  legacyId: '100',
  number: 'A-100',
  placedAt: '2026-03-01T09:00:00.000Z',
  memberLegacyId: '7',
  status: 'paid',
  currency: 'CNY',
  lines: [line],
}

function membersOf({ store }: Replica): Doc[] {
  return store.table('members').select('1', '', [])
}

function edit(replica: Replica, id: string, fields: Doc): void {
  replica.store.transaction('test', (write) =>
    writeDocument(replica, write, declarationOf(replica, 'members'), id, (stored) => ({ ...stored, ...fields })),
  )
}

describe('a batch with bad records', () => {
  it.each([
    ['a phone that nobody could dial', { ...anna, phone: '1'.repeat(101) }, 'phone'],
    ['a legacy id that is too long', { ...tea, legacyId: 'x'.repeat(129) }, 'legacyId'],
    [
      'a product number that is too long',
      { ...bill, lines: [{ ...line, productLegacyId: 'x'.repeat(101) }] },
      'lines.0.productLegacyId',
    ],
    ['a price in words', { ...tea, price: 'five' }, 'price'],
    ['a kind that nobody knows', { ...anna, kind: 'supplier' }, 'kind'],
    ['a status that nobody knows', { ...bill, status: 'lost' }, 'status'],
    ['no record at all', 'Anna', undefined],
    ['nothing', null, undefined],
  ])('is imported but for %s, which is named', (_what, bad, field) => {
    const results = importRecords(openBranch(), importBatchSchema.parse([anna, bad, bill]))
    expect(results.map(({ outcome }) => outcome)).toEqual(['inserted', 'rejected', 'inserted'])
    expect(results[1]).toMatchObject({ code: 'DOCUMENT_INVALID', reason: expect.stringMatching(/./) as string })
    expect(results[1]?.field).toBe(field)
  })

  it('is imported but for a product whose id comes out too long', () => {
    const context = openHeadquarters()
    const long = { ...tea, source: 's'.repeat(64), legacyId: 'x'.repeat(100) }
    const results = importRecords(context, [long, tea])
    expect(results).toMatchObject([{ outcome: 'rejected', code: 'DOCUMENT_INVALID' }, { outcome: 'inserted' }])
    expect(context.replica.store.table('products').get(productIdOfLegacy('pos', 't'))).toMatchObject({ name: 'Tea' })
  })

  it('is refused whole only where it is no list, or a list too long', () => {
    expect(importBatchSchema.safeParse({ 0: anna }).success).toBe(false)
    expect(importBatchSchema.safeParse(Array.from({ length: 1001 }, () => anna)).success).toBe(false)
    expect(importBatchSchema.safeParse(Array.from({ length: 1000 }, () => anna)).success).toBe(true)
  })

  it('names the branch of an order that headquarters does not know', () => {
    const results = importRecords(openHeadquarters(), [{ ...bill, branchId: 'nowhere' }, bill, tea])
    expect(results).toMatchObject([
      { outcome: 'rejected', code: 'BRANCH_UNKNOWN', field: 'branchId' },
      { outcome: 'rejected', code: 'DOCUMENT_INVALID', field: 'branchId' },
      { outcome: 'inserted' },
    ])
  })
})

describe('what an import must not publish or take', () => {
  it('refuses to make a shared member private, which would only look so', () => {
    const context = openBranch()
    importRecords(context, [anna])
    const [again] = importRecords(context, [{ ...anna, name: 'Anna SECRET', scope: 'private' }])
    expect(again).toMatchObject({ outcome: 'rejected', code: 'FIELD_IMMUTABLE', field: 'scope' })
    expect(membersOf(context.replica)).toMatchObject([{ name: 'Anna', scope: 'shared' }])
  })

  it("refuses another branch's order at a branch", () => {
    const [foreign, own] = importRecords(openBranch(), [
      { ...bill, branchId: 'b2' },
      { ...bill, branchId: 'b1' },
    ])
    expect([foreign?.code, own?.outcome]).toEqual(['SCOPE', 'inserted'])
  })
})

describe('what an import remembers of a row', () => {
  it('tells nobody without the chain key whether he has guessed the name and phone in it', () => {
    const rememberedWith = (chainKey: ChainKey): string => {
      const context = openBranch(chainKey)
      importRecords({ ...context, replica: { ...context.replica, chainKey } }, [anna])
      return context.replica.store.prepare('SELECT hash FROM imported_row').pluck().get() as string
    }
    const guess = createHash('sha256')
      .update(canonicalJson({ ...anna, origin: undefined }))
      .digest('base64url')
    const remembered = rememberedWith(CHAIN_KEY)
    expect(remembered).toHaveLength(guess.length)
    expect(remembered).not.toBe(guess)
    expect(rememberedWith('cd'.repeat(32) as ChainKey)).not.toBe(remembered)
  })
})

describe('importing again', () => {
  it('changes nothing', () => {
    const context = openBranch()
    importRecords(context, [anna, bill])
    const before = context.replica.store.head()
    expect(importRecords(context, [anna, bill])).toEqual([{ outcome: 'unchanged' }, { outcome: 'unchanged' }])
    expect(context.replica.store.head()).toEqual(before)
  })

  it('leaves what staff have edited since', () => {
    const context = openBranch()
    importRecords(context, [anna])
    const id = memberIdOfPhone(CHAIN_KEY, 'shared' as Scope, '+8613812345678' as E164Phone, 0)
    edit(context.replica, id, { name: 'Anna Li', tags: ['regular'] })
    expect(importRecords(context, [anna])).toEqual([{ outcome: 'unchanged' }])
    expect(context.replica.store.table('members').get(id)).toMatchObject({ name: 'Anna Li', tags: ['regular'] })
  })

  it('with the missing customer completes the stub under the id that the order names', () => {
    const context = openBranch()
    expect(importRecords(context, [bill])).toMatchObject([
      { outcome: 'inserted', warning: expect.any(String) as string },
    ])
    const [stub] = membersOf(context.replica)
    expect(stub).toMatchObject({ name: '7', aliases: [{ source: 'pos', legacyId: '7' }] })
    expect(importRecords(context, [anna, bill])).toMatchObject([{ outcome: 'updated' }, { outcome: 'unchanged' }])
    const after = membersOf(context.replica)
    expect(after).toHaveLength(1)
    expect(after[0]).toMatchObject({ id: stub!['id'], name: 'Anna', contactPhone: anna.phone })
  })

  it('on a new store, after the old one was lost, is the same act of registering', () => {
    const states = ['old', 'new'].map((name) => {
      const context = openBranch(name)
      importRecords(context, [anna])
      return membersOf(context.replica)[0]!
    })
    const spec = declarationOf(opened[0]!, 'members').merge
    const merged = merge(spec, states[0]!, states[1]!)
    expect(merged['registrations']).toEqual([{ id: expect.stringMatching(/^i-/) as string, branchId: 'b1' }])
  })
})

describe('importing a row that has changed', () => {
  const openWith = (...records: unknown[]) => {
    const context = openBranch()
    importRecords(context, records)
    const find = (collection: string) => context.replica.store.table(collection).select('1', '', [])[0]!
    return { context, find, again: (record: unknown) => importRecords(context, [record])[0] }
  }
  const write = (context: ImportContext, collection: string, id: unknown, fields: Doc) =>
    context.replica.store.transaction('test', (transaction) =>
      writeDocument(context.replica, transaction, declarationOf(context.replica, collection), String(id), (stored) => ({
        ...stored,
        ...fields,
      })),
    )

  it('writes only what the row says otherwise than before: staff keep the rest as they have edited it', () => {
    const { context, find, again } = openWith(anna)
    edit(context.replica, String(find('members')['id']), { name: 'Anna Li', note: 'VIP' })
    expect(again({ ...anna, email: 'anna@example.com' })).toMatchObject({ outcome: 'updated' })
    expect(find('members')).toMatchObject({ name: 'Anna Li', note: 'VIP', email: 'anna@example.com' })
    expect(again({ ...anna, name: 'Anna Wang', email: 'anna@example.com' })).toMatchObject({ outcome: 'updated' })
    expect(find('members')).toMatchObject({ name: 'Anna Wang', note: 'VIP' })
  })

  it('empties what the row does not say any more', () => {
    const { find, again } = openWith({ ...bill, note: 'soon' })
    expect(again(bill)).toMatchObject({ outcome: 'updated' })
    expect(find('orders')['note']).toBeUndefined()
  })

  it('takes the member off an order that is not paid and names none any more', () => {
    const unpaid = { ...bill, status: 'created' }
    const { find, again } = openWith(anna, unpaid)
    expect(find('orders')).toMatchObject({
      memberId: find('members')['id'],
      registrationId: expect.any(String) as string,
    })
    const { memberLegacyId: _nobody, ...anonymous } = unpaid
    expect(again(anonymous)).toMatchObject({ outcome: 'updated' })
    expect(find('orders')).not.toHaveProperty('memberId')
    expect(find('orders')).not.toHaveProperty('registrationId')
  })

  it('leaves a paid order with its member, says so, and takes the rest of the row', () => {
    const ben = { ...anna, legacyId: '8', name: 'Ben', phone: '13812345679' }
    const { find, again } = openWith(anna, bill, ben)
    const { memberId, registrationId } = find('orders')
    const warning = expect.stringContaining('is paid') as string
    expect(again({ ...bill, memberLegacyId: '8', note: 'x' })).toMatchObject({ outcome: 'updated', warning })
    expect(find('orders')).toMatchObject({ memberId, registrationId, note: 'x' })
    const { memberLegacyId: _nobody, ...anonymous } = bill
    expect(again(anonymous)).toMatchObject({ warning })
    expect(find('orders')).toMatchObject({ memberId, registrationId })
    expect(again({ ...bill, currency: 'USD' })).toMatchObject({ code: 'FIELD_IMMUTABLE', field: 'currency' })
  })

  it("leaves the member whom staff have named on a till's anonymous order", () => {
    const { memberLegacyId: _nobody, ...anonymous } = bill
    const { context, find, again } = openWith(anna, anonymous)
    write(context, 'orders', find('orders')['id'], { memberId: find('members')['id'] })
    expect(again({ ...anonymous, note: 'x' })).toMatchObject({ outcome: 'updated' })
    expect(find('orders')).toMatchObject({ memberId: find('members')['id'], note: 'x' })
  })

  it('moves an order where it may go there, and refuses the row where it may not', () => {
    const { context, find, again } = openWith(bill)
    expect(again({ ...bill, status: 'fulfilled' })).toMatchObject({ outcome: 'updated' })
    expect(again({ ...bill, status: 'created', note: 'x' })).toMatchObject({
      code: 'ORDER_TRANSITION',
      field: 'status',
    })
    expect(find('orders')).toMatchObject({ status: 'fulfilled', round: 1 })
    expect(find('orders')['note']).toBeUndefined()
    write(context, 'orders', find('orders')['id'], { status: 'closed' })
    expect(again({ ...bill, status: 'fulfilled', note: 'x' })).toMatchObject({ outcome: 'updated' })
    expect(find('orders')).toMatchObject({ status: 'closed', note: 'x' })
  })

  it('leaves deleted what people have deleted', () => {
    const { context, find, again } = openWith(bill)
    write(context, 'orders', find('orders')['id'], { _deleted: true })
    again({ ...bill, note: 'x' })
    expect(find('orders')['_deleted']).toBe(true)
  })
})

describe('a row that is gone', () => {
  const deleteRow = (context: ImportContext, kind: 'member' | 'order', legacyId: string) =>
    context.replica.store.transaction('test', (write) =>
      deleteGone(context, write, new ImportedRows(context.replica.store), { kind, source: 'pos', legacyId }),
    )

  it('takes its document with it, and brings it back when it comes back', () => {
    const context = openBranch()
    importRecords(context, [anna, bill])
    expect(deleteRow(context, 'order', '100')).toEqual({ outcome: 'updated' })
    expect(deleteRow(context, 'order', '100')).toEqual({ outcome: 'unchanged' })
    const find = () => context.replica.store.table('orders').select('1', '', [])
    expect(find()).toMatchObject([{ _deleted: true }])
    expect(importRecords(context, [{ ...bill, note: 'again' }])).toMatchObject([{ outcome: 'updated' }])
    expect(find()).toMatchObject([{ _deleted: false, note: 'again', number: 'A-100', status: 'paid' }])
  })

  it('is no reason to delete a member whom somebody else registered too', () => {
    const context = openBranch()
    importRecords(context, [anna, { ...anna, source: 'other' }])
    expect(deleteRow(context, 'member', '7')).toMatchObject({ outcome: 'rejected', code: 'MEMBER_CONFLICT' })
    expect(membersOf(context.replica)).toMatchObject([{ name: 'Anna', _deleted: false }])
  })

  it('that was never imported is nothing', () => {
    expect(deleteRow(openBranch(), 'order', '1')).toEqual({ outcome: 'unchanged' })
  })
})
