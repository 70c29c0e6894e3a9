/**
 * How many contributions headquarters folds a second, durable: a branch's batches are accepted whole (checked, merged,
 * written), their points go into the balances of members whose documents are there, and the balances are published.
 */
import { join } from 'node:path'
import { CloudSide } from '../../adapters/exchange/cloud-side.ts'
import { createReplica, declarationOf } from '../../adapters/exchange/replica.ts'
import { newSigningKey, readSigningKey } from '../../adapters/exchange/signature.ts'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { openHeadquartersIdentity } from '../../adapters/identity/open-identity.ts'
import { WriterClock } from '../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { chunks, msSince } from './samples.ts'
import { createSteadyClock } from './steady-clock.ts'

export interface FoldingPlan {
  readonly folder: string
  readonly members: number
  readonly documents: number
  /** Documents of one push, one transaction. */
  readonly batch: number
  /** How many of a batch are one member's, one after the other. */
  readonly perMember: number
}

const BRANCH = 'b1'
const AT = '2026-06-01T09:00:00.000Z'
const memberId = (n: number): string => `r-fold-${n}`

/** @returns contributions a second */
export function contributionsPerSecond({ folder, members, documents, batch, perMember }: FoldingPlan): number {
  const file = join(folder, `fold-${batch}-${perMember}.sqlite`)
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: false })
  try {
    const clock = new WriterClock({ writer: 'benchfold' as WriterId })
    const replica = createReplica({ store, clock, chainKey: '00'.repeat(32) as ChainKey })
    const cloud = new CloudSide(replica, openHeadquartersIdentity(replica, readSigningKey(newSigningKey().privateKey)))
    const stamp = createSteadyClock('benchwrite' as WriterId)
    const stamped = (collection: string, doc: Doc): Doc => {
      const result = stampWrite(declarationOf(replica, collection).merge, undefined, doc, stamp)
      if (!result.ok) throw new Error(result.reason)
      return result.doc
    }
    store.transaction('fill', (write) => {
      for (let n = 0; n < members; n++) {
        const lists = { tags: [], registrations: [], aliases: [], followUps: [] }
        const doc = stamped('members', { id: memberId(n), scope: 'shared', generation: 0, name: `M ${n}`, ...lists })
        store.table('members').put(write, withLocalFields(doc, undefined, store.epoch), { state: 0, origin: '' })
      }
    })
    const movements = Array.from({ length: documents }, (_, n) => ({
      collection: 'movements',
      version: 0,
      seq: n + 1,
      document: stamped('movements', {
        id: `v-${n}`,
        branchId: BRANCH,
        memberId: memberId(Math.floor(n / perMember) % members),
        kind: 'adjust',
        points: 1 + (n % 7),
        value: 0,
        at: AT,
      }) as Record<string, unknown>,
    }))
    const head = { epoch: 'start', seq: documents }
    const introduction = { head, epochs: [{ epoch: head.epoch, firstSeq: 1 }], beat: 1, host: 'bench' }
    store.transaction('heartbeat', () => cloud.links.hear(BRANCH, introduction, 0))
    const standpoint = { head, positions: {}, collections: COLLECTIONS.map(({ name }) => name) }
    const start = process.hrtime.bigint()
    for (const part of chunks(movements, batch)) {
      const { outcomes } = cloud.push(BRANCH, { class: 60, ...standpoint, documents: part })
      if (outcomes.some(({ outcome }) => outcome !== 'applied')) throw new Error('a contribution was not applied')
    }
    return (documents / msSince(start)) * 1000
  } finally {
    store.close()
  }
}
