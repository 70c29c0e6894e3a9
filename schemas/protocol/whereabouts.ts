/** How far documents of a branch have come, and asking for their newest state: what the branch app asks of its node. */
import { z } from 'zod'
import { MAX_WHEREABOUTS, type WhereaboutsResponse } from './exchange.ts'

const collection = z.string().min(1).max(64)
/** Orders that were imported may have one that looks like a phone; no message quotes it. */
const id = z.string().min(1).max(128)

export const whereaboutsBodySchema = z.strictObject({ collection, ids: z.array(id).max(MAX_WHEREABOUTS) })

/**
 * `node`: waits to be sent; `refused`: parked among the exceptions; `headquarters`: accepted; `mirror`: also in MySQL, in
 * the state that the branch holds or a later one.
 */
export type Whereabouts = 'node' | 'refused' | 'headquarters' | 'mirror'

export interface WhereaboutsAnswer {
  /** By id; without those that the node does not hold. */
  readonly at: Readonly<Record<string, Whereabouts>>
  /** `unknown` while headquarters cannot be asked, or cannot tell. */
  readonly mirror: WhereaboutsResponse['mirror']
}

export const refreshBodySchema = z.strictObject({ collection, id })

export interface RefreshAnswer {
  /** Whether headquarters is asked because of this. */
  readonly asked: boolean
}
