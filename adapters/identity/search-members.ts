/** Members whose name begins in a way, whatever its capitals, a page at a time: along the index of names. */
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MemberSearch } from '../../schemas/protocol/identity.ts'
import type { DocumentTable } from '../sqlite/document-table.ts'
import { toSortKey } from '../sqlite/sort-key.ts'
import { beginsWith, firstOf, namePrefix, nextAfter } from './name-prefix.ts'

/** Rows of one page that may be of members who are part of others by now, or of other names. */
const MOST_LOOKED_AT = 2000

export interface FoundMembers {
  readonly members: readonly MemberDocument[]
  readonly next?: string
}

/** Before the first member of a name where `id` is empty. */
type Position = readonly [name: string, id: string]

/** @throws OutpostError BAD_REQUEST */
export function searchMembers(table: DocumentTable, { name, after, limit }: MemberSearch): FoundMembers {
  const prefix = namePrefix(name)
  const members: MemberDocument[] = []
  let looked = 0
  let from: Position | undefined = after === undefined ? [firstOf(prefix), ''] : positionOf(after)
  while (from) {
    let leap: string | undefined
    for (const member of namesFrom(table, from)) {
      looked++
      if (beginsWith(member.name, prefix)) {
        if (member.currentId === undefined) members.push(member)
      } else {
        leap = nextAfter(member.name, prefix)
        if (leap === undefined || looked < MOST_LOOKED_AT) break
      }
      if (members.length === limit || looked === MOST_LOOKED_AT) {
        return { members, next: JSON.stringify([member.name, member.id]) }
      }
    }
    from = leap === undefined ? undefined : [leap, '']
  }
  return { members }
}

function* namesFrom(table: DocumentTable, [name, id]: Position): Generator<MemberDocument> {
  const column = table.columns.byField.get('name')!.column
  const where = `deleted = 0 AND (${column}, id) > (?, ?)`
  const parameters = [toSortKey(name), toSortKey(id), MOST_LOOKED_AT]
  for (const doc of table.iterate(where, `ORDER BY ${column}, id LIMIT ?`, parameters)) {
    yield doc as unknown as MemberDocument
  }
}

function positionOf(after: string): Position {
  try {
    const [name, id] = JSON.parse(after) as unknown[]
    if (typeof name === 'string' && typeof id === 'string') return [name, id]
  } catch {
    // Said below.
  }
  throw new OutpostError('BAD_REQUEST', 'after: not the `next` of a page', { field: 'after' })
}
