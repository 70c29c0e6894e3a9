/**
 * The least that writing rows into MySQL costs: prepared multi-row upserts of rows that are there already, sorted and
 * flattened, in transactions of as many documents as the mirror's. No guard, no position, no rendering.
 */
import type { Connection } from 'mysql2/promise'
import type { SqlValue } from '../../adapters/mysql/column-value.ts'
import { renderRows } from '../../adapters/mysql/render-rows.ts'
import { rowVersion } from '../../adapters/mysql/row-version.ts'
import {
  createTableSql,
  quoteName,
  tableDefinition,
  type TableDefinition,
} from '../../adapters/mysql/table-definition.ts'
import { orders } from '../../schemas/collections/orders.ts'
import type { Doc } from '../../schemas/json.ts'
import { chunks } from './samples.ts'

/** Statements with their parameters; one transaction. */
export type BareTransaction = readonly { readonly sql: string; readonly parameters: SqlValue[] }[]

const DOCUMENTS_A_TRANSACTION = 1000
const ROWS_A_STATEMENT = 500
const TERM = 1

const mapping = orders.mirror!
const definitions = mapping.map(tableDefinition)

export async function createBareTables(connection: Connection): Promise<void> {
  for (const definition of definitions) await connection.query(createTableSql(definition))
}

/** @param firstSeq of the first document; the version of each row follows from it */
export function prepareTransactions(documents: readonly Doc[], firstSeq: number): BareTransaction[] {
  let seq = firstSeq
  return chunks(documents, DOCUMENTS_A_TRANSACTION).map((page) => {
    const rows: SqlValue[][][] = definitions.map(() => [])
    for (const doc of page) {
      const rendering = renderRows(mapping, doc)
      if (!rendering.ok) throw new Error(rendering.reason)
      const version = rowVersion(TERM, seq++)
      rendering.rows.forEach((ofTable, table) => rows[table]!.push(...ofTable.map((row) => [...row, version])))
    }
    return definitions.flatMap((definition, table) => statements(definition, rows[table]!))
  })
}

export async function writeTransactions(connection: Connection, list: readonly BareTransaction[]): Promise<void> {
  for (const transaction of list) {
    await connection.query('START TRANSACTION')
    for (const { sql, parameters } of transaction) await connection.execute(sql, parameters)
    await connection.query('COMMIT')
  }
}

function statements(
  definition: TableDefinition,
  rows: readonly SqlValue[][],
): { sql: string; parameters: SqlValue[] }[] {
  const places = definition.key.map((key) => definition.columns.findIndex(({ name }) => name === key))
  const sorted = rows.toSorted((a, b) => {
    const place = places.find((each) => a[each] !== b[each])
    return place === undefined ? 0 : a[place]! < b[place]! ? -1 : 1
  })
  return chunks(sorted, ROWS_A_STATEMENT).map((chunk) => ({
    sql: upsertSql(definition, chunk.length),
    parameters: chunk.flat(),
  }))
}

function upsertSql({ name, columns, key }: TableDefinition, rows: number): string {
  const row = `(${columns.map(() => '?').join(',')})`
  const updates = columns
    .filter((column) => !key.includes(column.name))
    .map((column) => `${quoteName(column.name)}=VALUES(${quoteName(column.name)})`)
  return (
    `INSERT INTO ${quoteName(name)} (${columns.map((column) => quoteName(column.name)).join(',')})` +
    ` VALUES ${Array.from({ length: rows }, () => row).join(',')} ON DUPLICATE KEY UPDATE ${updates.join(',')}`
  )
}
