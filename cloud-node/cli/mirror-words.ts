/** What headquarters says of its mirrors, in words. */
import type { CaptureStatus, ParkedView, RefusedChangeView } from '../../schemas/protocol/mirrors.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'

export interface ParkedList {
  readonly parked: readonly ParkedView[]
  /** With those that are not listed. */
  readonly total: number
}

export interface RefusedList {
  readonly refused: readonly RefusedChangeView[]
  /** With those that are not listed. */
  readonly total: number
}

export function statusInWords(mirrors: readonly MirrorStatus[]): string {
  if (mirrors.length === 0) return 'there is no mirror: no database is named, see docs/configuration.md'
  return mirrors
    .flatMap(({ name, state, lag, parked, rows, filling = [], capture, lastError }) => [
      `${name}: ${state}, ${lag} changes behind, ${parked} documents refused`,
      ...filling.map(({ collection, written }) => `  ${collection} is being written anew, ${written} documents so far`),
      ...(capture ? captureInWords(capture) : []),
      ...Object.entries(rows).map(([table, count]) => `  ${table.padEnd(22)} ${count} rows`),
      ...(lastError ? [`  last error: ${lastError.message} [${lastError.code}] at ${lastError.at}`] : []),
    ])
    .join('\n')
}

export function parkedInWords({ parked, total }: ParkedList): string {
  if (parked.length === 0) return 'MySQL has refused no document'
  const lines = parked.map(({ collection, documentId, column, reason, at }) => {
    const where = column === undefined ? '' : ` (column ${column})`
    return `${collection} ${documentId}${where}: ${reason}, at ${at}`
  })
  return [...lines, ...moreInWords(lines, total)].join('\n')
}

function moreInWords(lines: readonly string[], total: number): string[] {
  return total > lines.length ? [`and ${total - lines.length} more`] : []
}

function captureInWords({ state, reason, lost, refused = 0 }: CaptureStatus): string[] {
  const why = reason === undefined ? '' : `: ${reason}`
  const since = lost?.since === undefined ? '' : ` between ${lost.since}`
  return [
    `  changes of others: ${state}, ${refused} refused${why}`,
    ...(lost ? [`  changes of others${since} and ${lost.until} are lost: ${lost.reason}`] : []),
  ]
}

export function refusedInWords({ refused, total }: RefusedList): string {
  if (refused.length === 0) return 'no change of another program was refused'
  const lines = refused.map(({ collection, documentId, table, column, reason, at }) => {
    const where = column === undefined ? table : `${table}.${column}`
    return `${collection} ${documentId}, change of ${where}: ${reason}, at ${at}`
  })
  return [...lines, ...moreInWords(lines, total)].join('\n')
}
