/**
 * Finds changed rows by a column that grows with each change: where there is no binary log to follow. It sees no
 * deletion, no row whose watermark is NULL, and of lines without a watermark only what changes with their order.
 */
import type { MysqlSession } from '../mysql/mysql-session.ts'
import { quoteName } from '../mysql/table-definition.ts'
import type { LegacyKind, LegacyPosition } from './legacy-batch.ts'
import {
  after,
  isTime,
  orderBy,
  selected,
  type LegacyColumn,
  type LegacyPlace,
  type PreparedLegacy,
} from './legacy-place.ts'

export type WatermarkPosition = Extract<LegacyPosition, { by: 'watermark' }>

/** A transaction may be committed this long after it has set the watermark. */
const LATEST_COMMIT_S = 60
const LATEST_COMMIT_NUMBERS = 100n
/** No clocks are put back by more at once. */
const MOST_PUT_BACK_H = 2
const PAGE = 1000

type WatermarkSection = 'members' | 'orders' | 'orderLines'
const SECTIONS: readonly WatermarkSection[] = ['members', 'orders', 'orderLines']

export function hasWatermark(prepared: PreparedLegacy): boolean {
  return SECTIONS.some((section) => prepared[section]?.watermark !== undefined)
}

/** Where to begin, when all rows are read after this. */
export async function readWatermarks(session: MysqlSession, prepared: PreparedLegacy): Promise<WatermarkPosition> {
  const newest: Record<string, string> = {}
  for (const section of SECTIONS) {
    const place = prepared[section]
    if (!place?.watermark) continue
    const sql = `SELECT MAX(${quoteName(place.watermark.name)}) FROM ${quoteName(place.table)}`
    const [[found = null] = []] = await session.texts(sql)
    if (found !== null)
      newest[section] = settle(place.watermark, found, await latest(session, prepared, place.watermark))
  }
  return { by: 'watermark', newest }
}

/** Rows that have changed since, in pages; the position stands with the last of them. */
export async function* changesSince(
  session: MysqlSession,
  prepared: PreparedLegacy,
  position: WatermarkPosition,
): AsyncGenerator<{ changed: Readonly<Record<LegacyKind, readonly string[]>>; position?: WatermarkPosition }> {
  const newest: Record<string, string> = { ...position.newest }
  for (const section of SECTIONS) {
    const place = prepared[section]
    if (!place?.watermark) continue
    const { watermark } = place
    const time = await latest(session, prepared, watermark)
    const kind = section === 'members' ? 'member' : 'order'
    const since = position.newest[section]
    let behind: readonly [string, string] | undefined
    for (;;) {
      const rows = await readPage(session, place, watermark, since, behind)
      const ids = [...new Set(rows.map(([rowId]) => rowId))]
      if (ids.length > 0) yield { changed: { member: [], order: [], [kind]: ids } }
      const last = rows.at(-1)
      if (last) behind = [last[1], last[0]]
      if (rows.length < PAGE) break
    }
    if (behind) {
      const settled = settle(watermark, behind[0], time)
      if (since === undefined || isLater(watermark, settled, since)) newest[section] = settled
    }
  }
  yield { changed: { member: [], order: [] }, position: { by: 'watermark', newest } }
}

async function readPage(
  session: MysqlSession,
  { table, id }: LegacyPlace,
  watermark: LegacyColumn,
  since: string | undefined,
  behind: readonly [string, string] | undefined,
): Promise<[id: string, watermark: string][]> {
  const where = behind ? after([watermark, id], behind) : since === undefined ? undefined : after([watermark], [since])
  const rows = await session.texts(
    [
      `SELECT ${selected(id)}, ${quoteName(watermark.name)} FROM ${quoteName(table)}`,
      `WHERE ${quoteName(watermark.name)} IS NOT NULL${where ? ` AND ${where.sql}` : ''}`,
      orderBy([watermark, id]),
      `LIMIT ${PAGE}`,
    ].join(' '),
    [...(where?.values ?? [])],
  )
  return rows.map(([rowId, mark]) => [rowId ?? '', mark ?? ''])
}

/** The newest value behind which nothing can appear any more, by the server's own clock. */
function settle(column: LegacyColumn, found: string, time: string): string {
  if (!isTime(column)) return String(BigInt(found) - LATEST_COMMIT_NUMBERS)
  return found < time ? found : time
}

function isLater(column: LegacyColumn, a: string, b: string): boolean {
  return isTime(column) ? a > b : BigInt(a) > BigInt(b)
}

/** The latest time that nobody writes into the column any more from now on, but for what a transaction may take. */
async function latest(session: MysqlSession, prepared: PreparedLegacy, column: LegacyColumn): Promise<string> {
  const clock = column.dataType === 'datetime' ? wallTime(prepared) : 'NOW(6)'
  const [[time = null] = []] = await session.texts(`SELECT CAST(${clock} - INTERVAL ${LATEST_COMMIT_S} SECOND AS CHAR)`)
  if (time === null) throw new TypeError('the server tells no time')
  return column.dataType === 'timestamp' ? `${time}Z` : time
}

/**
 * SQL: the clocks by which programs write a DATETIME, which follows no zone: that of the server or that of the mapping,
 * whichever is behind. Where the server's are about to be put back they go by the time that they will show then.
 */
function wallTime({ timeOffset }: PreparedLegacy): string {
  const local = (utc: string) => `CONVERT_TZ(${utc}, '+00:00', @@global.time_zone)`
  const put = `INTERVAL ${MOST_PUT_BACK_H} HOUR`
  return `LEAST(${local('NOW(6)')}, ${local(`NOW(6) + ${put}`)} - ${put}, NOW(6) + INTERVAL ${timeOffset} MINUTE)`
}
