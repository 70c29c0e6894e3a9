/** Who works at this device, as its tabs tell each other and a reload finds it; ends by itself when nobody touches it. */
import { isRecord } from '../../../schemas/json.ts'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'

export interface LoginRecord extends StaffIdentity {
  /** ms since 1970, by the device's clock; so is `touchedMs`. */
  readonly sinceMs: number
  /** When somebody last touched the screen or a key. */
  readonly touchedMs: number
}

const LOCK_AFTER_MS = 15 * 60_000
/** As long as a login at the node. */
const LONGEST_MS = 12 * 3_600_000
/** Every touch is a write. */
const TOUCH_EVERY_MS = 5_000

/** A clock that was set back locks: nobody can say how long it has been. */
export function isOpen({ sinceMs, touchedMs }: LoginRecord, nowMs: number): boolean {
  if (touchedMs > nowMs + TOUCH_EVERY_MS) return false
  return nowMs - touchedMs < LOCK_AFTER_MS && nowMs - sinceMs < LONGEST_MS
}

/** The record after a touch; the same one where that need not be written. */
export function touched(record: LoginRecord, nowMs: number): LoginRecord {
  return nowMs - record.touchedMs < TOUCH_EVERY_MS ? record : { ...record, touchedMs: nowMs }
}

export function parseRecord(text: string | null): LoginRecord | undefined {
  let record: unknown
  try {
    record = JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
  if (!isRecord(record)) return undefined
  const { id, name, role, sinceMs, touchedMs } = record
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  if (role !== 'cashier' && role !== 'manager') return undefined
  return typeof sinceMs === 'number' && typeof touchedMs === 'number'
    ? { id, name, role, sinceMs, touchedMs }
    : undefined
}
