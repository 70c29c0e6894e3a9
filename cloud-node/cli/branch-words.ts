/** What headquarters knows of a branch, in words. */
import { currencyDigits } from '../../adapters/ui/read-money.ts'
import type { BranchDetail } from '../../schemas/protocol/branches.ts'
import type { BranchRow } from '../../schemas/protocol/status.ts'

const DAYS_SHOWN = 7

export function detailInWords(detail: BranchDetail): string {
  const { branch, row, starts, positions, days, snapshotAsked } = detail
  const { reported } = row
  const state = branch.retired === true ? 'retired' : branch.enabled ? 'enabled' : 'disabled'
  const lines = [
    `${branch.id} (${branch.name}), ${state}`,
    `  state        ${row.verdict.state}${row.verdict.checkedAt ? `, checked ${row.verdict.checkedAt}` : ''}`,
    `  heard        ${row.lastHeartbeatAt ?? 'never'}`,
    ...(reported
      ? [
          `  runs         Outpost ${reported.version} on ${reported.host}`,
          `  waiting      ${countedInWords(reported)}`,
          ...reported.classes.map(
            (one) => `               class ${one.class}: ${one.documents}${since(one.oldestSince)}`,
          ),
          `  exceptions   ${reported.exceptions}`,
          ...(reported.lastError
            ? [`  last error   ${reported.lastError.message} [${reported.lastError.code}] at ${reported.lastError.at}`]
            : []),
          ...(reported.disk
            ? [`  disk         ${size(reported.disk.free)} free, store ${size(reported.disk.store)}`]
            : []),
        ]
      : []),
    `  to fetch     ${row.toFetch ?? 'not known'}, handed and not confirmed ${row.unconfirmed ?? 'not known'}`,
    ...(row.loading ? [`  first load   ${row.loading.here} of ${row.loading.of} documents`] : []),
    ...(row.restored === true ? ['  restored     its store was restored from a backup'] : []),
    ...(snapshotAsked ? ['  snapshot     asked for, not taken yet'] : []),
  ]
  if (row.suspected) {
    lines.push('  CLONE SUSPECTED: more than one running PC says that it is this branch, and none is let in.')
    lines.push(`  Say which one lives: outpost cloud branch keep ${branch.id} --pc <start>`)
  }
  if (starts.length > 0) lines.push('  starts of its PCs, newest first:')
  for (const one of starts) lines.push(`    ${one.epoch.padEnd(14)} ${one.state.padEnd(8)} ${one.heardAt}  ${one.host}`)
  const stands = Object.entries(positions).toSorted(([a], [b]) => Number(b) - Number(a))
  if (stands.length > 0) lines.push("  stands in headquarters' commits, by class:")
  for (const [syncClass, { seq, loading }] of stands) {
    lines.push(`    ${syncClass.padEnd(4)} ${seq}${loading === true ? ', loading' : ''}`)
  }
  if (days.length > 0) lines.push('  sold, by its own days:')
  for (const { day, orders, sales, currency } of days.slice(0, DAYS_SHOWN)) {
    lines.push(`    ${day}  ${orders} orders, ${money(sales, currency)}`)
  }
  return lines.join('\n')
}

/** What would be lost with a PC that does not come back. */
export function lastWord({ row }: Pick<BranchDetail, 'row'>): string {
  const { reported, lastHeartbeatAt } = row
  if (!reported) return 'Headquarters has never heard of it.'
  const { documents } = reported.backlog
  const lost =
    documents === 0
      ? 'nothing waited there then'
      : `${documents} documents waited there then: they are lost unless you have them in a backup or export`
  return `It was last heard at ${lastHeartbeatAt}; ${lost}.`
}

function countedInWords({ backlog }: NonNullable<BranchRow['reported']>): string {
  return `${backlog.documents} documents${since(backlog.oldestSince)}`
}

function since(iso: string | undefined): string {
  return iso === undefined ? '' : `, since ${iso}`
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function money(minor: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(minor / 10 ** currencyDigits(currency))
}
