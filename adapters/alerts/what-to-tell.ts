/**
 * What a channel is to be told now: the difference between what it was told of each alert and how that stands. However
 * much has happened since, it is one message. Pure.
 */
import type { AlertLevel } from '../../schemas/protocol/alerts.ts'
import { isGraver, type AlertRecord, type Told } from './alert-states.ts'

export interface News {
  /** New to the channel, or graver than it knows. */
  readonly begun: readonly AlertRecord[]
  /** Critical, told before, and nobody has taken it up. */
  readonly lasting: readonly AlertRecord[]
  readonly ended: readonly AlertRecord[]
}

export interface TellingRules {
  readonly channel: string
  readonly levels: readonly AlertLevel[]
  readonly nowMs: number
  /** Nothing but what is critical. */
  readonly isQuiet: boolean
  /** How often what is critical and not acknowledged is told; `undefined`: once. */
  readonly repeatMs?: number | undefined
}

/** A channel that could not be told so often that an alert has ended is not tried again for it. */
export const MOST_TRIES = 8

/** @param records open ones, and ended ones of which somebody may not know yet */
export function whatToTell(records: Iterable<AlertRecord>, rules: TellingRules): News {
  const news: Record<keyof News, AlertRecord[]> = { begun: [], lasting: [], ended: [] }
  for (const record of records) {
    const kind = newsOf(record, rules)
    if (kind) news[kind].push(record)
  }
  return news
}

export function isNothing({ begun, lasting, ended }: News): boolean {
  return begun.length + lasting.length + ended.length === 0
}

/** Whether anybody has to hear that an ended alert has ended. */
export function isOwed({ told, untold }: AlertRecord): boolean {
  return Object.entries(told).some(([channel, { isOver }]) => !isOver && (untold[channel]?.tries ?? 0) < MOST_TRIES)
}

export interface Telling {
  readonly channel: string
  /** The record as the channel was told of it: it may have gone on since. */
  readonly as: AlertRecord
  readonly atMs: number
  /** Why it could not be told. */
  readonly reason?: string | undefined
}

/** A record after a channel was told of it, or could not be. */
export function afterTelling(record: AlertRecord, { channel, as, atMs, reason }: Telling): AlertRecord {
  const { [channel]: failed, ...untold } = record.untold
  if (reason !== undefined) {
    return { ...record, untold: { ...untold, [channel]: { reason, tries: (failed?.tries ?? 0) + 1 } } }
  }
  const told: Told =
    as.endedMs === undefined
      ? { level: as.level, atMs }
      : { level: as.level, ...record.told[channel], atMs, isOver: true }
  return { ...record, untold, told: { ...record.told, [channel]: told } }
}

function newsOf(record: AlertRecord, { channel, levels, nowMs, isQuiet, repeatMs }: TellingRules) {
  const { level, endedMs, acknowledged } = record
  const told = record.told[channel]
  if (endedMs !== undefined) {
    const isKnown = !told || told.isOver === true || (record.untold[channel]?.tries ?? 0) >= MOST_TRIES
    return isKnown || (isQuiet && told.level !== 'critical') ? undefined : 'ended'
  }
  if (!levels.includes(level) || acknowledged || (isQuiet && level !== 'critical')) return undefined
  if (!told || isGraver(level, told.level)) return 'begun'
  // Where the clock has gone back nobody knows how long ago it was told.
  const isDue = repeatMs !== undefined && (nowMs - told.atMs >= repeatMs || told.atMs > nowMs)
  return isDue && level === 'critical' ? 'lasting' : undefined
}
