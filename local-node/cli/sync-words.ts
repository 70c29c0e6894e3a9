/** How synchronisation stands, as a person reads it. */
import type { BranchNodeStatus, BranchSyncStatus, StatusError } from '../../schemas/protocol/status.ts'

export function syncInWords({ sync, backlog }: BranchNodeStatus): string {
  const waiting = backlog.documents === 0 ? 'nothing waits' : `${backlog.documents} documents wait`
  const lines = [`synchronisation is ${sync.enabled ? 'on' : 'off'}; ${waiting}`]
  if (sync.refused) lines.push(`headquarters does not let this branch in: ${inWords(sync.refused)}`)
  else if (sync.lastError) lines.push(`last error: ${inWords(sync.lastError)}`)
  if (sync.loading) lines.push(`first load: ${sync.loading.here} of ${sync.loading.of} documents are here`)
  if (sync.enabled && sync.nextAttemptAt !== undefined && sync.lastError)
    lines.push(`tried again at ${sync.nextAttemptAt}`)
  return [...lines, ...settingsInWords(sync)].join('\n')
}

function settingsInWords({ settings, suspendedNow }: BranchSyncStatus): string[] {
  const { suspended, window, windowFor, bandwidth } = settings
  const lines: string[] = []
  if (suspended.length > 0) lines.push(`suspended: ${suspended.join(', ')}`)
  if (window) {
    const what = windowFor ? windowFor.join(', ') : 'all but members, requests and decisions'
    lines.push(`from ${window.from} to ${window.to} only: ${what}`)
  }
  if (suspendedNow.length > 0) lines.push(`take no part now: ${suspendedNow.join(', ')}`)
  if (bandwidth !== undefined) lines.push(`at most ${bandwidth} kB/s`)
  return lines
}

function inWords({ code, message }: StatusError): string {
  return `${message} [${code}]`
}
