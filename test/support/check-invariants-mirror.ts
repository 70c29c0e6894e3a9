/** The mirror's rows beside what headquarters' documents make of them, by the declarations' own mappings. */
import { mirroredCollections } from '../../adapters/mysql/mirrored-collection.ts'
import { PARKED_TABLE, STATE_TABLE } from '../../adapters/mysql/own-tables.ts'
import { renderRows } from '../../adapters/mysql/render-rows.ts'
import { quoteName } from '../../adapters/mysql/table-definition.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { StoreFile } from './check-invariants-store.ts'
import type { TestDatabase } from './mysql-database.ts'

type Values = readonly (string | null)[]

/** @returns what is wrong, one sentence each */
export async function checkMirror(
  mysql: TestDatabase,
  cloud: StoreFile,
  declarations: readonly CollectionDeclaration[],
): Promise<string[]> {
  const wrong: string[] = []
  const [state] = await mysql.query<{ epoch: string; seq: string }>(`SELECT epoch, seq FROM ${STATE_TABLE.name}`)
  if (!state) wrong.push('the mirror says nowhere how far it has come')
  else if (!cloud.knows({ epoch: state.epoch, seq: Number(state.seq) })) {
    wrong.push(`the mirror stands at ${state.epoch}:${state.seq}, where headquarters has never been`)
  }
  const parked = await mysql.query<{ collection: string; document_id: string; reason: string }>(
    `SELECT collection, document_id, reason FROM ${PARKED_TABLE.name}`,
  )
  for (const { collection, document_id: id, reason } of parked) {
    wrong.push(`the mirror has parked ${collection} ${id}: ${reason}`)
  }
  for (const { name, mapping, tables } of mirroredCollections(declarations)) {
    const rendered = [...cloud.rows.get(name)!.values()].map(({ doc }) => renderRows(mapping, doc))
    for (const [at, { definition, columns, keyPlaces }] of tables.entries()) {
      const should = new Map<string, Values>()
      const keyOf = (values: Values) => keyPlaces.map((place) => values[place]).join(' ')
      for (const one of rendered) {
        if (!one.ok) continue // parked, or it would be missing
        for (const row of one.rows[at]!) {
          const values = row.map(text)
          should.set(keyOf(values), values)
        }
      }
      const list = columns.map(quoteName).join(', ')
      const rows = await mysql.query<Record<string, string | number | null>>(
        `SELECT ${list} FROM ${quoteName(definition.name)}`,
      )
      for (const row of rows) {
        const values = columns.map((column) => text(row[column]!))
        const key = keyOf(values)
        const expected = should.get(key)
        should.delete(key)
        if (!expected) wrong.push(`the mirror's ${definition.name} has ${key}, which no document has`)
        else if (JSON.stringify(values) !== JSON.stringify(expected)) {
          const differing = columns.filter((_, i) => values[i] !== expected[i])
          wrong.push(`the mirror's ${definition.name} ${key} differs from its document in ${differing.join(', ')}`)
        }
      }
      for (const key of should.keys()) wrong.push(`the mirror's ${definition.name} lacks ${key}`)
    }
  }
  return wrong
}

/** As MySQL says it; numbers come as numbers from one side and as text from the other. */
function text(value: string | number | null): string | null {
  return value === null ? null : String(value)
}
