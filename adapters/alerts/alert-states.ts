/**
 * How troubles become alerts: what lasts begins one, its end is believed after a while, and everything that a rule says of
 * the same thing is one alert. Pure.
 */
import type { Alert, AlertLevel } from '../../schemas/protocol/alerts.ts'
import type { Finding, Troubles } from './rules.ts'
import { ALERT_LEVELS, ALERT_RULES } from './thresholds.ts'

/** An alert with what channels have been told of it. */
export interface AlertRecord extends Finding {
  readonly sinceMs: number
  readonly endedMs?: number
  readonly acknowledged?: { readonly by: string; readonly atMs: number }
  /** By channel: the level that it was told of, when, and whether it was told of the end. */
  readonly told: Readonly<Record<string, Told>>
  /** By channel: why the last try failed, and how many there were. */
  readonly untold: Readonly<Record<string, { readonly reason: string; readonly tries: number }>>
}

export interface Told {
  readonly level: AlertLevel
  readonly atMs: number
  readonly isOver?: true
}

export interface AlertsState {
  /** What is wrong and has not lasted yet: since when, by key. */
  readonly waiting: ReadonlyMap<string, Moment>
  readonly open: ReadonlyMap<string, AlertRecord>
  /** Open ones that nothing was found of any more: since when by the steady clock, by key. */
  readonly clear: ReadonlyMap<string, number>
}

/** The wall clock says when something was, and may be set; the steady one, from any origin, how long it has lasted. Both ms. */
export interface Moment {
  readonly nowMs: number
  readonly steadyMs: number
}

export interface Stepped {
  readonly state: AlertsState
  /** Those that have begun, ended, or become graver or less grave. */
  readonly changed: readonly AlertRecord[]
}

export const NO_ALERTS: AlertsState = { waiting: new Map(), open: new Map(), clear: new Map() }

/** An alert ends once nothing was found of it for so long: what comes and goes stays one. */
export const CLEAR_MS = 60_000

export function stepAlerts(before: AlertsState, { findings, unknown }: Troubles, now: Moment): Stepped {
  const waiting = new Map<string, Moment>()
  const open = new Map(before.open)
  const clear = new Map<string, number>()
  const changed: AlertRecord[] = []
  for (const finding of findings) {
    const { key, rule } = finding
    const known = before.open.get(key)
    if (known) {
      const next = followed(known, finding)
      open.set(key, next)
      if (next.level !== known.level) changed.push(next)
      continue
    }
    const since = before.waiting.get(key) ?? now
    if (now.steadyMs - since.steadyMs < ALERT_RULES[rule].holdMs) waiting.set(key, since)
    else {
      const begun: AlertRecord = { ...finding, sinceMs: since.nowMs, told: {}, untold: {} }
      open.set(key, begun)
      changed.push(begun)
    }
  }
  for (const key of unknown) {
    const since = before.waiting.get(key)
    if (since) waiting.set(key, since)
  }
  const found = new Set(findings.map(({ key }) => key))
  for (const [key, record] of before.open) {
    if (found.has(key) || unknown.has(key)) continue
    const clearMs = before.clear.get(key) ?? now.steadyMs
    if (now.steadyMs - clearMs < CLEAR_MS) clear.set(key, clearMs)
    else {
      open.delete(key)
      changed.push({ ...record, endedMs: now.nowMs, untold: {} })
    }
  }
  return { state: { waiting, open, clear }, changed }
}

export function isGraver(level: AlertLevel, than: AlertLevel): boolean {
  return ALERT_LEVELS.indexOf(level) < ALERT_LEVELS.indexOf(than)
}

/** What was acknowledged was less grave than what it has become, and what could not be told is told anew. */
function followed(known: AlertRecord, { level, value, threshold }: Finding): AlertRecord {
  if (!isGraver(level, known.level)) return { ...known, level, value, threshold }
  const { acknowledged: _, ...rest } = known
  return { ...rest, level, value, threshold, untold: {} }
}

export function toAlert({ sinceMs, endedMs, acknowledged, told, untold, ...finding }: AlertRecord): Alert {
  return {
    ...finding,
    since: new Date(sinceMs).toISOString(),
    ...(endedMs !== undefined && { endedAt: new Date(endedMs).toISOString() }),
    ...(acknowledged && {
      acknowledged: { by: acknowledged.by, at: new Date(acknowledged.atMs).toISOString() },
    }),
    told: Object.keys(told),
    untold: Object.entries(untold).map(([channel, { reason }]) => ({ channel, reason })),
  }
}
