/** A node's status as people read it. */
import type { ReconciliationStatus } from '../../schemas/protocol/reconciliation.ts'
import type { BackupStatus, BranchNodeStatus, CloudNodeStatus, MirrorStatus } from '../../schemas/protocol/status.ts'
import { countsInWords } from './counts-in-words.ts'
import { legacyInWords } from './legacy-in-words.ts'

export function statusInWords(status: BranchNodeStatus | CloudNodeStatus): string {
  return status.node === 'cloud' ? cloudInWords(status) : branchInWords(status)
}

function branchInWords(status: BranchNodeStatus): string {
  const { branchId, branchName, sync, backlog, collections, exceptions, legacy, backup, storage } = status
  const lines = [
    `branch ${branchId} (${branchName ?? ''})`,
    `  synchronisation ${sync.enabled ? 'on' : 'off'}, with ${sync.cloudUrl}: ${sync.verdict.state}`,
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

function cloudInWords(status: CloudNodeStatus): string {
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
    ...branches.map(({ id, enabled, retired, verdict, lastHeartbeatAt, reported }) => {
      const heard = lastHeartbeatAt ? `heard ${lastHeartbeatAt}` : 'never heard'
      const waiting = reported ? `, ${reported.backlog.documents} waiting` : ''
      const state = retired === true ? 'retired' : enabled ? verdict.state : 'disabled'
      return `  ${id.padEnd(12)}${state}, ${heard}${waiting}`
    }),
  ]
  for (const { name, lastError } of mirrors) {
    if (lastError) lines.push(`  mirror error ${name}: ${lastError.message} [${lastError.code}] at ${lastError.at}`)
  }
  return lines.join('\n')
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
