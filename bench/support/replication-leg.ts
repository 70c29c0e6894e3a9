/** One run of one peer in one direction, and what the relay between its two sides saw of it. */
import type { CountingRelay } from './counting-relay.ts'

export type Direction = 'up' | 'down'

export interface LegPlan {
  readonly direction: Direction
  /** Orders that count. */
  readonly size: number
  /** Documents of one exchange. */
  readonly batch: number
  /** Batches that go before them and are not counted: the processes are new, and what compiles them is not the subject. */
  readonly warmUpBatches: number
  /** An empty folder. */
  readonly folder: string
}

export interface Leg {
  readonly ms: number
  /** Both ways, from the first request that counts. */
  readonly bytes: number
  /** The larger of the two sides, MB. */
  readonly peakRssMb: number | undefined
}

export interface ReplicationPeer {
  readonly name: string
  /** Sizes of a batch among which its best is looked for. */
  readonly batches: readonly number[]
  /** Fetches what it needs, once before its first run. */
  prepare?(): Promise<void>
  run(plan: LegPlan): Promise<Leg>
}

/** Of the same seed, so that all peers carry the same orders. */
export const ORDERS_SEED = 7
export const BRANCH_ID = 'north'

export function ordersOf({ size, batch, warmUpBatches }: LegPlan): number {
  return size + warmUpBatches * batch
}

/** Call when everything has arrived. */
export function legSince(relay: CountingRelay, { direction, warmUpBatches }: LegPlan): Omit<Leg, 'peakRssMb'> {
  const end = process.hrtime.bigint()
  const verb = direction === 'up' ? /push|_revs_diff/ : /pull|_bulk_get/
  const first = relay.requests.filter(({ path }) => verb.test(path))[warmUpBatches]
  if (!first) throw new Error('there were fewer requests than batches')
  return { ms: Number(end - first.at) / 1e6, bytes: relay.bytes - first.bytesBefore }
}
