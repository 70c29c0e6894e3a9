/** Members, what was done to them and how they were joined, as people read them. */
import type { Balance } from '../../schemas/contribution.ts'
import type { DecisionKind } from '../../schemas/collections/decisions.ts'
import { isRecord, type Doc } from '../../schemas/json.ts'
import type { MemberOutcome, MemberView } from '../../schemas/protocol/identity.ts'
import type { MergeAuditEntry } from '../identity/merge-audit.ts'
import { minute, plain, table } from './member-table.ts'

/** What a command prints, either way. */
export interface Answer {
  readonly json: unknown
  readonly words: string
}

const DECISION: Readonly<Record<DecisionKind, string>> = {
  phone: 'holds another number',
  share: 'is shared with every branch',
  merge: 'becomes part of another member',
  admit: 'a held registration is given to a member',
  release: 'the number is released',
  split: 'registrations become a member of their own',
  delete: 'is deleted',
  revive: 'is back',
  erase: 'is erased',
}

export function memberInWords(member: MemberView): string {
  const { id, scope, phones, ids, tags, aliases, registrations, balance } = member
  const others = ids.filter((one) => one !== id)
  const states = (['released', 'deleted', 'erased'] as const).filter((state) => member[state])
  const rows = [
    ['id', id],
    ['phones', phones.join(', ') || 'none'],
    ['known to', scope === 'shared' ? 'every branch' : `headquarters and branch ${scope} only (private)`],
    ['balance', balanceInWords(balance)],
    ...(states.length > 0 ? [['state', states.join(', ')]] : []),
    ...listed('other ids', others),
    ...(tags.length > 0 ? [['tags', tags.join(', ')]] : []),
    ...listed(
      'imported as',
      aliases.map(({ source, legacyId }) => `${source} ${legacyId}`),
    ),
  ]
  const acts = registrations.map((one) => [one.id, `at ${one.branchId}`, minute(one.at)])
  const registered = acts.length > 0 ? `\n  registrations\n${table(acts, 4)}` : ''
  return `${nameOf(member)}\n${table(rows, 2)}${registered}`
}

export function nameOf({ name, erased }: Pick<MemberView, 'name' | 'erased'>): string {
  return plain(name) || (erased ? '(erased)' : '(no name)')
}

/** One line that tells a person who it is. */
export function memberInShort(member: MemberView): string {
  const phones = member.phones.length > 0 ? member.phones.join(', ') : 'no phone'
  return `${nameOf(member)} (${phones}; ${balanceInWords(member.balance)})`
}

export function balanceInWords({ points, value }: Balance): string {
  return `${points} points, stored value ${value} (minor units)`
}

export function outcomeInWords({ dryRun, decisions, balances, documents, member }: MemberOutcome): string {
  const parts = [
    dryRun ? 'dry run: nothing has changed; this would happen:' : 'done:',
    `  decisions${decisions.length === 0 ? '  none' : ''}`,
  ]
  if (decisions.length > 0) {
    const rows = decisions.map(({ number, what, memberId, into }) => {
      return [`no. ${number}`, memberId, DECISION[what], into === undefined ? '' : `→ ${into}`]
    })
    parts.push(table(rows, 4))
  }
  parts.push(`  balances${balances.length === 0 ? '  as before' : ''}`)
  if (balances.length > 0) {
    const rows = balances.map(({ memberId, before, after }) => [
      memberId,
      `${balanceInWords(before)} → ${balanceInWords(after)}`,
    ])
    parts.push(table(rows, 4))
  }
  parts.push(`  documents ${dryRun ? 'that would be written' : 'written'}  ${documents}`)
  if (member) parts.push(dryRun ? 'the member would be:' : 'the member is now:', memberInWords(member))
  return parts.join('\n')
}

export function auditInWords(memberId: string, entries: readonly MergeAuditEntry[]): string {
  if (entries.length === 0) return 'nothing was ever joined to this member'
  const blocks = entries.map((entry) => {
    const { atMs, otherId, branchId, decision, ours, theirs } = entry
    const how = decision === undefined ? `branch ${branchId} had registered the same phone` : `decision no. ${decision}`
    const head = `${minute(new Date(atMs).toISOString())}  ${otherId === entry.memberId ? 'two registrations' : otherId} joined: ${how}`
    const fields = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((field) => !HIDDEN.has(field))
    if (fields.length === 0) return `${head}\n  erased: only that it happened is left`
    const rows = fields.map((field) => [field, valueInWords(ours[field]), valueInWords(theirs[field])])
    return `${head}\n${table([['', 'what stood', 'what joined it'], ...rows], 2)}`
  })
  const hint = `to take a side out again: outpost member split ${memberId} --registration <the registrations of that side>`
  return [...blocks, hint].join('\n\n')
}

/** Headquarters' own bookkeeping, which nobody joins. */
const HIDDEN: ReadonlySet<string> = new Set(['_deleted', '_attachments', 'clock', 'decided', 'balanceSeq', 'closed'])

function valueInWords(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(elementInWords).join(', ')
  return elementInWords(value)
}

function elementInWords(value: unknown): string {
  if (!isRecord(value)) return String(value)
  const { id, branchId, source, legacyId, points, value: amount } = value as Doc
  if (typeof points === 'number' && typeof amount === 'number') return balanceInWords({ points, value: amount })
  if (typeof id === 'string' && typeof branchId === 'string') return `${id} (${branchId})`
  if (typeof source === 'string' && typeof legacyId === 'string') return `${source} ${legacyId}`
  return JSON.stringify(value)
}

function listed(label: string, values: readonly string[]): string[][] {
  return values.map((value, at) => [at === 0 ? label : '', value])
}
