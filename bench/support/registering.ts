/** How long one registration takes at a branch that knows many members, until it is on the disk. */
import { join } from 'node:path'
import { createReplica } from '../../adapters/exchange/replica.ts'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { BranchDesk } from '../../adapters/identity/branch-desk.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { MembersHere } from '../../adapters/identity/members-here.ts'
import { WriterClock } from '../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { E164Phone, Scope, WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { NO_BALANCE } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import { newMemberDocument, newRegistration } from '../../schemas/register-member.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { createSteadyClock } from './steady-clock.ts'
import { msSince } from './samples.ts'

const KEY = '00'.repeat(32) as ChainKey
const PER_TRANSACTION = 10_000

/** @returns milliseconds of each of `count` registrations */
export function registrationTimes(
  folder: string,
  members: number,
  count: number,
  say: (line: string) => void,
): number[] {
  const store = new Store({ file: join(folder, 'register.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  try {
    const replica = createReplica({ store, clock: new WriterClock({ writer: 'benchreg' as WriterId }), chainKey: KEY })
    fill(store, members, say)
    const here = new MembersHere(replica, new IdentityBook(store))
    const desk = new BranchDesk({ replica, here, branchId: 'b1', country: 'CN', balanceOf: () => NO_BALANCE })
    return Array.from({ length: count }, (_, n) => {
      const start = process.hrtime.bigint()
      desk.register(`New ${n}`, phoneOf(members + n), false)
      return msSince(start)
    })
  } finally {
    store.close()
  }
}

function fill(store: Store, members: number, say: (line: string) => void): void {
  const { merge } = store.declarations.find(({ name }) => name === 'members')!
  const stamp = createSteadyClock('benchfill' as WriterId)
  const scope = 'shared' as Scope
  for (let first = 0; first < members; first += PER_TRANSACTION) {
    store.transaction('fill', (write) => {
      for (let n = first; n < Math.min(members, first + PER_TRANSACTION); n++) {
        const phone = phoneOf(n) as E164Phone
        const number = { id: memberIdOfPhone(KEY, scope, phone, 0), generation: 0 }
        const registration = newRegistration(`g-${n}`, 'b1', '2026-06-01T09:00:00.000Z', 0)
        const plain = newMemberDocument({ name: `Member ${n}`, scope, phone }, number, registration) as unknown as Doc
        const stamped = stampWrite(merge, undefined, plain, stamp)
        if (!stamped.ok) throw new Error(stamped.reason)
        store
          .table('members')
          .put(write, withLocalFields(stamped.doc, undefined, store.epoch), { state: 0, origin: '' })
      }
    })
    if (first % 100_000 === 0) say(`${first} members`)
  }
}

function phoneOf(n: number): string {
  return `+86139${String(n).padStart(8, '0')}`
}
