/** Changes, deletes and inserts rows of a mirror by hand, as people do who have the database's password. */
import type { Mirror } from '../../adapters/mysql/mirror.ts'
import type { MirroredCollection, MirroredTable } from '../../adapters/mysql/mirrored-collection.ts'
import { quoteName, type ColumnKind } from '../../adapters/mysql/table-definition.ts'
import { createRandom, type SeededRandom } from '../../scripts/demo/seeded-random.ts'
import type { TestDatabase } from './mysql-database.ts'

export interface TamperedRow {
  readonly collection: string
  readonly id: string
  readonly table: string
  readonly key: readonly string[]
  readonly kind: 'missing' | 'unexpected' | 'different'
  /** Of a changed row. */
  readonly column?: string
}

/** By kind: an expression that is never what the column holds. */
const ANOTHER: Partial<Record<ColumnKind, (name: string) => string>> = {
  key: (name) => `CONCAT(IFNULL(${name}, ''), 'x')`,
  text: (name) => `CONCAT(IFNULL(${name}, ''), ' ')`,
  longtext: (name) => `CONCAT(IFNULL(${name}, ''), 'ä')`,
  json: (name) => `CONCAT(IFNULL(${name}, ''), ' ')`,
  integer: (name) => `IFNULL(${name}, 0) + 1`,
  money: (name) => `IFNULL(${name}, -1) - 1`,
  decimal: (name) => `IFNULL(${name}, 0) + 0.001`,
  boolean: (name) => `IF(${name} <=> 1, 0, 1)`,
  datetime: (name) => `IFNULL(${name} + INTERVAL 1000 MICROSECOND, '2001-01-01')`,
  version: (name) => `${name} + 1`,
}

/** So many different rows, of all tables that have some. */
export async function tamperRows(
  db: TestDatabase,
  mirror: Mirror,
  { rows: count, seed }: { rows: number; seed: number },
): Promise<readonly TamperedRow[]> {
  const random = createRandom(seed)
  const places = mirror.collections.flatMap((collection) => collection.tables.map((table) => ({ collection, table })))
  const filled = []
  for (const place of places) {
    const keys = await keysOf(db, place.table)
    if (keys.length > 0) filled.push({ ...place, keys })
  }
  const done: TamperedRow[] = []
  for (let n = 0; n < count; n++) {
    const { collection, table, keys } = filled[n % filled.length]!
    // A row that is tampered with twice could be as it was.
    const [key] = keys.splice(random.below(keys.length), 1)
    done.push(key ? await tamper(db, random, { collection, table, key, n }) : await insert(db, collection, table, n))
  }
  return done
}

interface Row {
  readonly collection: MirroredCollection
  readonly table: MirroredTable
  readonly key: readonly string[]
  readonly n: number
}

async function tamper(db: TestDatabase, random: SeededRandom, row: Row): Promise<TamperedRow> {
  const { collection, table, key, n } = row
  const what = random.below(3)
  if (what === 0) return insert(db, collection, table, n)
  const name = quoteName(table.definition.name)
  const where = table.definition.key.map((column) => `${quoteName(column)} = ?`).join(' AND ')
  const about = { collection: collection.name, id: key[0]!, table: table.definition.name, key }
  if (what === 1) {
    await db.query(`DELETE FROM ${name} WHERE ${where}`, [...key])
    return { ...about, kind: 'missing' }
  }
  const columns = table.definition.columns.filter((column) => !table.definition.key.includes(column.name))
  const column = random.pick(columns)
  const another = ANOTHER[column.kind] ?? ANOTHER.text!
  await db.query(`UPDATE ${name} SET ${quoteName(column.name)} = ${another(quoteName(column.name))} WHERE ${where}`, [
    ...key,
  ])
  return { ...about, kind: 'different', column: column.name }
}

/** A copy of some row under another key: a document that there is not, or one more row of one that there is. */
async function insert(
  db: TestDatabase,
  collection: MirroredCollection,
  table: MirroredTable,
  n: number,
): Promise<TamperedRow> {
  const { definition } = table
  const places = definition.columns.map(({ name }) => name)
  const [copied] = await db.query<Record<string, string | number | null>>(
    `SELECT * FROM ${quoteName(definition.name)} LIMIT 1`,
  )
  const kinds = new Map(definition.columns.map(({ name, kind }) => [name, kind]))
  const last = definition.key.at(-1)!
  const made = { ...copied, [last]: kinds.get(last) === 'integer' ? 900_000 + n : `ghost-${n}` }
  await db.query(
    `INSERT INTO ${quoteName(definition.name)} (${places.map(quoteName).join(', ')}) VALUES (${places.map(() => '?').join(', ')})`,
    places.map((place) => made[place] ?? null),
  )
  const key = definition.key.map((column) => String(made[column]))
  return { collection: collection.name, id: key[0]!, table: definition.name, key, kind: 'unexpected' }
}

async function keysOf(db: TestDatabase, { definition }: MirroredTable): Promise<string[][]> {
  const columns = definition.key.map(quoteName).join(', ')
  const rows = await db.query<Record<string, string | number>>(
    `SELECT ${columns} FROM ${quoteName(definition.name)} ORDER BY ${columns}`,
  )
  return rows.map((row) => definition.key.map((column) => String(row[column])))
}
