/**
 * When a person may try a PIN again after wrong ones, as the device's tabs tell each other and a reload finds it. Whoever
 * checks PINs counts by itself; this spares people typing what is not checked.
 */
import { isRecord } from '../../../schemas/json.ts'

export interface PinWait {
  /** ms since 1970, by the device's clock; so is `untilMs`. */
  readonly sinceMs: number
  readonly untilMs: number
}

/** By the id of the person. */
export type PinWaits = Readonly<Record<string, PinWait>>

/** How long the person still has to wait, ms; not at all by a clock that was set back, since nobody can say how long it has been. */
export function waitLeftMs(wait: PinWait | undefined, nowMs: number): number {
  return wait && nowMs >= wait.sinceMs ? Math.max(0, wait.untilMs - nowMs) : 0
}

/** Those that are over are gone. */
export function withWait(waits: PinWaits, id: string, seconds: number, nowMs: number): PinWaits {
  const open = Object.entries(waits).filter(([, wait]) => waitLeftMs(wait, nowMs) > 0)
  return { ...Object.fromEntries(open), [id]: { sinceMs: nowMs, untilMs: nowMs + seconds * 1000 } }
}

export function withoutWait(waits: PinWaits, id: string): PinWaits {
  return Object.fromEntries(Object.entries(waits).filter(([other]) => other !== id))
}

export function parseWaits(text: string | null): PinWaits {
  let kept: unknown
  try {
    kept = JSON.parse(text ?? 'null')
  } catch {
    return {}
  }
  return isRecord(kept) ? Object.fromEntries(Object.entries(kept).filter(isEntry)) : {}
}

function isEntry(entry: [string, unknown]): entry is [string, PinWait] {
  const [, wait] = entry
  return isRecord(wait) && typeof wait['sinceMs'] === 'number' && typeof wait['untilMs'] === 'number'
}
