/** An entry of the log in words. */
import { formatClock, formatDate, formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { classInWords } from '../../../adapters/ui/sync/sync-words.ts'
import type { SyncLogEntry } from '../../../schemas/protocol/sync-log.ts'
import { l } from './log-words.ts'

const OUTCOMES = ['applied', 'merged', 'held', 'rejected'] as const

export function timeInWords(iso: string): string {
  const ms = Date.parse(iso)
  return `${formatDate(ms)} ${formatClock(ms, true)}`
}

/** `Sent to headquarters · orders`. */
export function kindInWords({ kind, class: syncClass }: Pick<SyncLogEntry, 'kind' | 'class'>): string {
  return `${l(`kind.${kind}`)}${syncClass === undefined ? '' : ` · ${classInWords(syncClass)}`}`
}

/** Whose it is: a branch, a mirror, or headquarters itself. */
export function ownerInWords(
  { branchId, mirror }: Pick<SyncLogEntry, 'branchId' | 'mirror'>,
  nameOf: (branch: string) => string,
): string {
  if (branchId !== undefined) return nameOf(branchId)
  return mirror === undefined ? l('headquarters') : l('mirror', { name: mirror })
}

/** How many it carried; empty where it carried none. */
export function countsInWords({ kind, sent, received }: Pick<SyncLogEntry, 'kind' | 'sent' | 'received'>): string[] {
  const isLocal = kind === 'write' || kind === 'mirror'
  return [
    ...(sent > 0 ? [l(isLocal ? 'sent.written' : 'sent.up', { count: formatNumber(sent) })] : []),
    ...(received > 0 ? [l('sent.down', { count: formatNumber(received) })] : []),
  ]
}

export function outcomesInWords({ outcomes = {} }: Pick<SyncLogEntry, 'outcomes'>): string {
  return formatList(
    OUTCOMES.flatMap((outcome) => {
      const count = outcomes[outcome] ?? 0
      return count > 0 ? [l(`outcome.${outcome}`, { count: formatNumber(count) })] : []
    }),
  )
}
