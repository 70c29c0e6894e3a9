/** Members whose name begins in a way, a page at a time: along the index of names, so that a million others cost nothing. */
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MemberSearch } from '../../schemas/protocol/identity.ts'
import type { DocumentTable } from '../sqlite/document-table.ts'
import { toSortKey } from '../sqlite/sort-key.ts'

/** Rows of one page that may be of members who are part of others by now. */
const MOST_LOOKED_AT = 2000

export interface FoundMembers {
  readonly members: readonly MemberDocument[]
  readonly next?: string
}

/** @throws OutpostError BAD_REQUEST */
export function searchMembers(table: DocumentTable, { name, after, limit }: MemberSearch): FoundMembers {
  const column = table.columns.byField.get('name')!.column
  const where = `deleted = 0 AND (${column}, id) > (?, ?)`
  const parameters = [...(after === undefined ? [toSortKey(name), ''] : positionOf(after)), MOST_LOOKED_AT]
  const members: MemberDocument[] = []
  let looked = 0
  for (const doc of table.iterate(where, `ORDER BY ${column}, id LIMIT ?`, parameters)) {
    const member = doc as unknown as MemberDocument
    if (!member.name.startsWith(name)) break
    looked++
    if (member.currentId === undefined) members.push(member)
    if (members.length === limit || looked === MOST_LOOKED_AT) {
      return { members, next: JSON.stringify([member.name, member.id]) }
    }
  }
  return { members }
}

function positionOf(after: string): [name: string, id: string] {
  try {
    const [name, id] = JSON.parse(after) as unknown[]
    if (typeof name === 'string' && typeof id === 'string') return [toSortKey(name), toSortKey(id)]
  } catch {
    // Said below.
  }
  throw new OutpostError('BAD_REQUEST', 'after: not the `next` of a page', { field: 'after' })
}
