/** What MySQL holds of a document beside what it should hold. */
import type { MirroredTable } from './mirrored-collection.ts'
import type { Row } from './render-rows.ts'
import { seqOfVersion } from './row-version.ts'
import { VERSION_COLUMN } from './table-definition.ts'

/** A row as MySQL gives it; its version as text. */
export type StoredRow = Readonly<Record<string, string | number | null>>

/** A value as it stands in a column, as text; `null` for NULL. */
export type ShownValue = string | null

export interface FieldDifference {
  readonly column: string
  readonly expected: ShownValue
  readonly found: ShownValue
}

/** A row that is not as its document says. Without `fields`: it is missing, or there although no document has it. */
export interface RowDifference {
  readonly table: string
  /** The values of the primary key. */
  readonly key: readonly ShownValue[]
  readonly kind: 'missing' | 'unexpected' | 'different'
  readonly fields: readonly FieldDifference[]
  /** The seq that the row was written with, by its version; for rows that are there. */
  readonly writtenAt?: number
}

/**
 * @param expected the document's rows in this table
 * @param version of the document's state in the present term: that of a row has the same seq, and no later term
 */
export function compareRows(
  { definition, columns, keyPlaces }: MirroredTable,
  expected: readonly Row[],
  found: readonly StoredRow[],
  version: string | undefined,
): RowDifference[] {
  const table = definition.name
  const keyOf = (row: StoredRow) => keyPlaces.map((place) => shown(row[columns[place]!]))
  const byKey = new Map(found.map((row) => [JSON.stringify(keyOf(row)), row]))
  const differences: RowDifference[] = []
  for (const row of expected) {
    const key = keyPlaces.map((place) => shown(row[place]))
    const stored = byKey.get(JSON.stringify(key))
    byKey.delete(JSON.stringify(key))
    if (!stored) {
      differences.push({ table, key, kind: 'missing', fields: [] })
      continue
    }
    const there = String(stored[VERSION_COLUMN])
    const fields = columns.flatMap((column, place) => {
      const wanted = shown(row[place])
      const held = shown(stored[column])
      return wanted === held ? [] : [{ column, expected: wanted, found: held }]
    })
    const writtenAt = seqOfVersion(there)
    if (version === undefined || writtenAt !== seqOfVersion(version) || BigInt(there) > BigInt(version)) {
      fields.push({ column: VERSION_COLUMN, expected: version ?? null, found: there })
    }
    if (fields.length > 0) differences.push({ table, key, kind: 'different', fields, writtenAt })
  }
  for (const stored of byKey.values()) {
    const writtenAt = seqOfVersion(String(stored[VERSION_COLUMN]))
    differences.push({ table, key: keyOf(stored), kind: 'unexpected', fields: [], writtenAt })
  }
  return differences
}

function shown(value: string | number | null | undefined): ShownValue {
  return value === null || value === undefined ? null : String(value)
}
