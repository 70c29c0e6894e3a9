/** What the tabs of this device tell each other: the leading one how the link stands and what the node said, and how long ago. */
import type { BranchNodeStatus } from '../../../schemas/protocol/status.ts'

export interface LinkState {
  readonly reachable: boolean | undefined
  /** Ids by collection that the node has not confirmed; `undefined` until looked up. */
  readonly unsent: Readonly<Record<string, readonly string[]>> | undefined
  readonly refused: readonly string[]
}

export type TabMessage =
  | { readonly kind: 'hello' }
  | { readonly kind: 'resync' }
  | { readonly kind: 'state'; readonly state: LinkState; readonly status?: BranchNodeStatus; readonly ageMs?: number }

type StateMessage = Extract<TabMessage, { kind: 'state' }>

/** A status and when it was heard, by a monotonic clock that each tab starts for itself, ms. */
interface HeardStatus {
  readonly status: BranchNodeStatus
  readonly atMs: number
}

export function toStateMessage(state: LinkState, heard: HeardStatus | undefined, nowMs: number): StateMessage {
  return { kind: 'state', state, ...(heard && { status: heard.status, ageMs: nowMs - heard.atMs }) }
}

/** The status as this tab heard it. `clock` hears the node's time too: each tab stamps by a clock of its own. */
export function hearStateMessage(
  { status, ageMs = 0 }: StateMessage,
  clock: { hear(nodeMs: number): void },
  nowMs: number,
): HeardStatus | undefined {
  if (!status) return undefined
  clock.hear(Date.parse(status.time) + ageMs)
  return { status, atMs: nowMs - ageMs }
}
