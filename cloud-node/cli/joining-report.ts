/** The report on a branch that joined, page by page, and in words. */
import type { JoiningReport } from '../../schemas/protocol/identity.ts'

export function reportAddress(branchId: string, after: number): string {
  return `/api/branches/${encodeURIComponent(branchId)}/joining?after=${after}`
}

/** All pages as one. */
export async function readWholeReport(page: (after: number) => Promise<JoiningReport>): Promise<JoiningReport> {
  const { next, ...first } = await page(0)
  const merges = [...first.merges]
  for (let after = next; after !== undefined;) {
    const more = await page(after)
    merges.push(...more.merges)
    after = more.next
  }
  return { ...first, merges }
}

export function joiningInWords({ branchId, counts, merges, refused }: JoiningReport): string {
  const { new: made, merged, ambiguous, refused: rejected } = counts
  const lines = [`${branchId}: ${made} new, ${merged} merged, ${ambiguous} ambiguous, ${rejected} refused`]
  if (ambiguous > 0) lines.push('what is ambiguous waits for a person: outpost member review')
  for (const { at, memberId, here, brought } of merges) {
    const differing = Object.keys(brought).filter((field) => isSaid(brought, field) && !isSame(here, brought, field))
    const told = differing.map((field) => `${field} ${say(here[field])} / ${say(brought[field])}`)
    lines.push(`merged ${at.slice(0, 16).replace('T', ' ')}  ${memberId}  ${told.join(', ') || 'nothing differed'}`)
  }
  for (const { memberId, code } of refused) lines.push(`refused ${memberId}: ${code}`)
  if (rejected > refused.length) lines.push(`… and ${rejected - refused.length} more refused`)
  return lines.join('\n')
}

/** Fields that people compare; the registrations of two records always differ. */
function isSaid(doc: Readonly<Record<string, unknown>>, field: string): boolean {
  return typeof doc[field] === 'string' && !['id', 'scope'].includes(field)
}

function isSame(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>, field: string): boolean {
  return a[field] === b[field]
}

function say(value: unknown): string {
  return typeof value === 'string' && value !== '' ? `"${value}"` : 'nothing'
}
