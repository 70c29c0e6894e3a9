/** The documents of a large branch, written into its node's store as headquarters' exchange would. */
import { join } from 'node:path'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { SHARED_SCOPE, type E164Phone, type WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { members } from '../../schemas/collections/members.ts'
import { products } from '../../schemas/collections/products.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone, productIdOfLegacy, type ChainKey } from '../../schemas/member-id.ts'
import { newMemberDocument } from '../../schemas/register-member.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { CATALOGUE } from '../../scripts/demo/trade-day.ts'
import { orderDocuments } from './order-documents.ts'
import { chunks } from './samples.ts'
import { createSteadyClock } from './steady-clock.ts'

export interface LargeBranch {
  readonly dataDir: string
  readonly branchId: string
  readonly chainKey: string
  readonly members: number
  readonly orders: number
}

const TRANSACTION = 1_000
const NAMES = ['王芳', '李娜', '张伟', '刘洋', '陈静', 'Ada Lovelace', 'Grace Hopper', 'Alan Turing'] as const
const SEED = 7

/** The node must not run. */
export function fillLargeBranch({ dataDir, branchId, chainKey, ...count }: LargeBranch): void {
  const store = new Store({ file: join(dataDir, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const put = (collection: string, documents: readonly Doc[]) => {
    const table = store.table(collection)
    store.transaction('bench', (write) => {
      for (const doc of documents) {
        table.put(write, withLocalFields(doc, undefined, store.epoch), { state: ROW_STATE.clean, origin: '' })
      }
    })
  }
  const clock = createSteadyClock('bench01' as WriterId)
  const stamped = ({ merge }: CollectionDeclaration, plain: object): Doc => {
    const result = stampWrite(merge, undefined, plain as Doc, clock)
    if (!result.ok) throw new Error(result.reason)
    return result.doc
  }
  try {
    const goods = CATALOGUE.map(({ source, legacyId, name, price, currency, category }) =>
      stamped(products, { id: productIdOfLegacy(source, legacyId), name, price, currency, category }),
    )
    put('products', goods)
    for (const numbers of chunks(
      Array.from({ length: count.members }, (_, i) => i),
      TRANSACTION,
    )) {
      put(
        'members',
        numbers.map((i) => stamped(members, memberNumber(i, chainKey as ChainKey, branchId))),
      )
    }
    const orders = [...orderDocuments({ count: count.orders, branchId, seed: SEED })]
    for (const some of chunks(orders, TRANSACTION)) put('orders', some)
  } finally {
    store.close()
  }
}

/** Mobile numbers of one operator, in an order that looks like none. */
export function phoneNumber(i: number): string {
  return `+86138${String((i * 7_919 + 13_579) % 100_000_000).padStart(8, '0')}`
}

export function memberName(i: number): string {
  return `${NAMES[i % NAMES.length]!} ${i}`
}

function memberNumber(i: number, chainKey: ChainKey, branchId: string): object {
  const phone = phoneNumber(i) as E164Phone
  const id = memberIdOfPhone(chainKey, SHARED_SCOPE, phone, 0)
  const registration = { id: `bench-${i}`, branchId, at: '2026-01-01T08:00:00.000Z' }
  const named = { name: memberName(i), scope: SHARED_SCOPE, phone }
  const member = newMemberDocument(named, { id, generation: 0 }, registration)
  return { ...member, tags: i % 3 === 0 ? ['tea'] : [], balance: { points: i % 500, value: 0 }, balanceSeq: 1 }
}
