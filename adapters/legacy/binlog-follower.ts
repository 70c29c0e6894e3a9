/**
 * Says which rows of a legacy database have changed, by its log of changes: their ids only, since they are read as they
 * are when they are taken.
 */
import type { BinlogPosition } from '../mysql/binlog-position.ts'
import { readBinlog, type BinlogRow } from '../mysql/binlog-reader.ts'
import type { MysqlTarget } from '../mysql/mysql-target.ts'
import type { LegacyKind } from './legacy-batch.ts'
import { nameOf, type LegacyColumn, type PreparedLegacy } from './legacy-place.ts'

export interface BinlogNews {
  readonly changed: Readonly<Record<LegacyKind, readonly string[]>>
  /** To go on from, once these rows are taken. */
  readonly position: BinlogPosition
}

/** A table of the mapping was altered, emptied or replaced: what it holds is read anew. */
export class TableChanged extends Error {
  constructor(table: string) {
    super(`the table ${table} was altered, emptied or replaced`)
  }
}

type Tables = ReadonlyMap<string, { readonly kind: LegacyKind; readonly id: LegacyColumn }>

/**
 * Ends when the signal aborts.
 *
 * @throws TableChanged; BinlogUnreadable; any other error is one of the connection, to be tried again
 */
export async function* followBinlog(
  target: MysqlTarget,
  { members, orders, orderLines }: PreparedLegacy,
  from: BinlogPosition,
  signal: AbortSignal,
): AsyncGenerator<BinlogNews, void> {
  const tables = new Map<string, { readonly kind: LegacyKind; readonly id: LegacyColumn }>()
  if (members) tables.set(members.table, { kind: 'member', id: members.id })
  if (orders) tables.set(orders.table, { kind: 'order', id: orders.id })
  if (orderLines) tables.set(orderLines.table, { kind: 'order', id: orderLines.id })
  for await (const { rows, to, altered } of readBinlog({ target, from, tables: [...tables.keys()], signal })) {
    if (altered !== undefined) throw new TableChanged(altered)
    yield { changed: idsOf(rows, tables), position: to }
  }
}

function idsOf(rows: readonly BinlogRow[], tables: Tables): BinlogNews['changed'] {
  const ids: Readonly<Record<LegacyKind, Set<string>>> = { member: new Set(), order: new Set() }
  for (const { table, before, after } of rows) {
    const { kind, id } = tables.get(table)!
    for (const image of [before, after]) {
      const name = nameOf(id, image?.[id.name])
      if (name !== undefined) ids[kind].add(name)
    }
  }
  return { member: [...ids.member], order: [...ids.order] }
}
