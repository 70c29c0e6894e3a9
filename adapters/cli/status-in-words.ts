/** A node's status as people read it. */
import { branchStanding, branchTroubles } from '../../schemas/branch-standing.ts'
import { freshVerdict } from '../../schemas/fresh-verdict.ts'
import type { ReconciliationStatus } from '../../schemas/protocol/reconciliation.ts'
import type {
  AlertsStatus,
  BackupStatus,
  BranchNodeStatus,
  BranchRow,
  CloudNodeStatus,
  MirrorStatus,
} from '../../schemas/protocol/status.ts'
import { STANDING_WORDS, TROUBLE_WORDS } from '../../schemas/standing-words.ts'
import { ALERT_LEVELS } from '../alerts/thresholds.ts'
import { countsInWords } from './counts-in-words.ts'
import { legacyInWords } from './legacy-in-words.ts'

/** @param nowMs by the node's clock; what a status says of branches gets old, though nothing of it changes */
export function statusInWords(
  status: BranchNodeStatus | CloudNodeStatus,
  nowMs: number = Date.parse(status.time),
): string {
  return status.node === 'cloud' ? cloudInWords(status, nowMs) : branchInWords(status, nowMs)
}

function branchInWords(status: BranchNodeStatus, nowMs: number): string {
  const { branchId, branchName, sync, backlog, collections, exceptions, legacy, backup, storage } = status
  const lines = [
    `branch ${branchId} (${branchName ?? ''})`,
    `  synchronisation ${sync.enabled ? 'on' : 'off'}, with ${sync.cloudUrl}: ${freshVerdict(sync.verdict, nowMs).state}`,
    `  last contact    ${sync.lastContactAt ?? 'none since the start'}`,
    `  waiting         ${backlog.documents} documents${backlog.oldestSince ? `, since ${backlog.oldestSince}` : ''}`,
    `  exceptions      ${exceptions}`,
    `  documents       ${counts(collections)}`,
    ...(legacy ? [`  legacy          ${legacyInWords(legacy)}`] : []),
    ...(storage ? [`  disk            ${storage.message} [${storage.code}] at ${storage.at}`] : []),
    ...backupInWords(backup, 'backup          ', 'backup error    '),
  ]
  if (sync.lastError)
    lines.push(`  last error      ${sync.lastError.message} [${sync.lastError.code}] at ${sync.lastError.at}`)
  return lines.join('\n')
}

function cloudInWords(status: CloudNodeStatus, nowMs: number): string {
  const { branches, collections, mirrors, reconciliation, exceptions, negativeBalances, backup, storage } = status
  const lines = [
    'headquarters',
    `  documents   ${counts(collections)}`,
    ...(mirrors.length > 0 ? mirrors.map(mirrorInWords) : ['  mirror      none']),
    ...(reconciliation ? [reconciliationInWords(reconciliation)] : []),
    `  exceptions  ${exceptions}`,
    ...(negativeBalances > 0 ? [`  below zero  the balances of ${negativeBalances} members`] : []),
    ...(storage ? [`  disk        ${storage.message} [${storage.code}] at ${storage.at}`] : []),
    ...backupInWords(backup, 'backup      ', 'backup error '),
    ...alertsInWords(status.alerts),
    ...branches.map((branch) => branchRowInWords(branch, nowMs)),
  ]
  for (const { name, lastError } of mirrors) {
    if (lastError) lines.push(`  mirror error ${name}: ${lastError.message} [${lastError.code}] at ${lastError.at}`)
  }
  return lines.join('\n')
}

/** As the health page calls it; what is said of a silent branch is what it said last. */
function branchRowInWords(row: BranchRow, nowMs: number): string {
  const { id, enabled, retired, lastHeartbeatAt, reported, link } = row
  const standing = branchStanding(row, nowMs)
  const troubles = standing === 'off' ? [] : branchTroubles(row).map((trouble) => TROUBLE_WORDS.en[trouble])
  const state = retired === true ? 'retired' : enabled ? STANDING_WORDS.en[standing] : 'disabled'
  return [
    `  ${id.padEnd(12)}${troubles.length > 0 ? `${state} (${troubles.join('; ')})` : state}`,
    lastHeartbeatAt ? `heard ${lastHeartbeatAt}` : 'never heard',
    ...(link?.state === 'lost' ? [`connection lost ${link.since}`] : []),
    ...(reported ? [`${reported.backlog.documents} waiting${standing === 'silent' ? ' as it said then' : ''}`] : []),
  ].join(', ')
}

function alertsInWords(alerts: AlertsStatus | undefined): string[] {
  if (!alerts) return []
  const said = ALERT_LEVELS.filter((level) => alerts[level] > 0).map((level) => `${alerts[level]} ${level}`)
  return [`  alerts      ${said.length > 0 ? `${said.join(', ')} (outpost alerts)` : 'none that nobody sees to'}`]
}

function mirrorInWords({ name, state, lag, parked, rows, filling = [], capture }: MirrorStatus): string {
  const counted = Object.entries(rows).map(([table, count]) => `${table} ${count}`)
  return [
    `  mirror      ${name}: ${state}, ${lag} changes behind`,
    ...(parked > 0 ? [`${parked} documents refused (outpost mirror parked)`] : []),
    ...filling.map(({ collection, written }) => `${collection} being written anew, ${written} so far`),
    ...(capture
      ? [`changes of others: ${capture.state}${capture.reason === undefined ? '' : ` (${capture.reason})`}`]
      : []),
    ...(counted.length > 0 ? [`rows: ${counted.join(', ')}`] : []),
  ].join('; ')
}

function reconciliationInWords({ running, last, open, waiting }: ReconciliationStatus): string {
  const ended = last ? `${last.state} ${last.endedAt ?? last.startedAt}, ${last.documents} documents` : 'none yet'
  return [
    `  compared    ${ended}`,
    ...(running ? [`run ${running.id} is under way, ${running.documents} documents so far`] : []),
    ...(open > 0 ? [`${open} documents differ (outpost reconcile runs)`] : []),
    ...waiting.map((id) => `run ${id} waits for outpost reconcile approve ${id}`),
  ].join('; ')
}

function counts(collections: Readonly<Record<string, { readonly documents: number }>>): string {
  return countsInWords(
    Object.fromEntries(Object.entries(collections).map(([name, { documents }]) => [name, documents])),
  )
}

function backupInWords(backup: BackupStatus | undefined, label: string, errorLabel: string): string[] {
  if (!backup) return []
  const { state, last, nextAt, progress, lastError, folder } = backup
  const made = last ? `last ${last.at}, ${(last.bytes / 1e6).toFixed(1)} MB, ${last.file}` : `none yet in ${folder}`
  const now = state === 'running' ? `${Math.floor((progress ?? 0) * 100)} % of one is copied` : undefined
  const next = state === 'off' ? 'none by itself' : `next ${nextAt}`
  const lines = [`  ${label}${made}; ${now ?? next}`]
  if (lastError) lines.push(`  ${errorLabel}${lastError.message} [${lastError.code}] at ${lastError.at}`)
  return lines
}
