/** How far an order has come, of what this device and its node know of it. */

/** What the node says of a document that it holds, in its present state. */
export const AT_NODE = ['node', 'headquarters', 'mirror', 'refused'] as const
export type AtNode = (typeof AT_NODE)[number]
export type Whereabout = 'device' | AtNode | 'unknown'
/** Whether headquarters keeps books; where it keeps none, nothing ever comes there. */
export type MirrorState = 'on' | 'off' | 'unknown'

export interface KnownOfOrder {
  /** What this device has not sent; `undefined` while it is not known. */
  readonly unsent: ReadonlySet<string> | undefined
  /** What the node refused of this device. */
  readonly refused: ReadonlySet<string>
  /** What was unsent and no longer is, and has not been written since. */
  readonly sent: ReadonlySet<string>
  /** The node's last answers; `absent` for what it does not hold. */
  readonly heard: ReadonlyMap<string, AtNode | 'absent'>
}

/**
 * What this device has not sent is here, whatever the node said of an earlier state. The list of the unsent is a moment old:
 * what is not in it may just have been written, so it says of nothing that it has arrived.
 */
export function whereaboutOf(id: string, { unsent, refused, sent, heard }: KnownOfOrder): Whereabout {
  if (refused.has(id)) return 'refused'
  if (unsent?.has(id)) return 'device'
  const said = heard.get(id)
  if (said === 'absent') return 'device'
  if (said !== undefined) return said
  return sent.has(id) ? 'node' : 'unknown'
}

/** What the lists of the unsent tell when they are read one after the other. */
export interface SentSoFar {
  readonly waiting: ReadonlySet<string>
  readonly sent: ReadonlySet<string>
}

export const NOTHING_SENT: SentSoFar = { waiting: new Set(), sent: new Set() }

/** What leaves the list has been sent, unless it was refused. */
export function withUnsent(
  before: SentSoFar,
  unsent: ReadonlySet<string> | undefined,
  refused: ReadonlySet<string>,
): SentSoFar {
  if (!unsent) return before
  const left = [...before.waiting].filter((id) => !unsent.has(id) && !refused.has(id))
  return { waiting: unsent, sent: new Set([...before.sent, ...left].filter((id) => !unsent.has(id))) }
}

/** The next list may be of the time before it was written. */
export function withWritten(before: SentSoFar, id: string): SentSoFar {
  const { waiting, sent } = before
  if (!waiting.has(id) && !sent.has(id)) return before
  const others = (ids: ReadonlySet<string>) => new Set([...ids].filter((one) => one !== id))
  return { waiting: others(waiting), sent: others(sent) }
}

/** Whether nothing more is to be heard of it before it changes. */
export function hasArrived(where: Whereabout, mirror: MirrorState): boolean {
  return where === 'mirror' || (where === 'headquarters' && mirror === 'off')
}

/** Whether headquarters has it; `undefined` where nobody can say: with the node away it may have gone on. */
export function isAtHeadquarters(where: Whereabout, isNodeThere: boolean): boolean | undefined {
  if (where === 'headquarters' || where === 'mirror') return true
  return where === 'unknown' || (where === 'node' && !isNodeThere) ? undefined : false
}

export const STATIONS = ['device', 'node', 'headquarters', 'mirror'] as const
export type Station = (typeof STATIONS)[number]
/** `next`: it is on its way there. `off`: nothing ever comes there. */
export type StationState = 'done' | 'next' | 'later' | 'off' | 'unknown' | 'refused'

/**
 * How an order stands with each station of its way.
 *
 * @param isHeard whether the node is there and has said it: else nobody knows whether it has gone on from there
 */
export function wayOf(
  where: Whereabout,
  mirror: MirrorState,
  isHeard: boolean,
): readonly { readonly station: Station; readonly state: StationState }[] {
  // A refused order is at the node, or was refused on its way there; either way it comes no further.
  const at = where === 'unknown' || where === 'refused' ? 0 : STATIONS.indexOf(where)
  return STATIONS.map((station, index): { station: Station; state: StationState } => {
    if (index <= at) return { station, state: 'done' }
    if (where === 'refused') return { station, state: index === at + 1 ? 'refused' : 'later' }
    if (station === 'mirror' && mirror === 'off') return { station, state: 'off' }
    if (where === 'unknown' || (where === 'node' && !isHeard)) return { station, state: 'unknown' }
    if (index > at + 1) return { station, state: 'later' }
    return { station, state: isHeard ? 'next' : where === 'device' ? 'later' : 'unknown' }
  })
}
