/**
 * A row as one text and that text's checksum, the same in MySQL's words and in ours. Two rows have one text only if every
 * column holds the same and both were written with the same state of their document, whatever term that was in.
 *
 * A column's text is nothing for NULL, else what the column shows; where that may hold any character, its length in bytes
 * stands before it. Checksums of rows are added by XOR: no two rows of a table have one text, since the key is in it.
 */
import { createHash } from 'node:crypto'
import type { MirroredTable } from '../mysql/mirrored-collection.ts'
import type { Row } from '../mysql/render-rows.ts'
import { quoteName, VERSION_COLUMN, type ColumnKind } from '../mysql/table-definition.ts'

/** Rows that were looked at together. Two sets are taken for equal if both parts are. */
export interface RowsChecksum {
  rows: number
  /** The first 64 bits of each row's MD5, XORed: upper and lower half as signed 32-bit integers. */
  high: number
  low: number
}

/** What a column of these kinds shows has no comma in it and is never empty; what is not listed may. */
const PLAIN: ReadonlySet<string> = new Set<ColumnKind>(['integer', 'money', 'decimal', 'boolean', 'datetime'])
const VER = quoteName(VERSION_COLUMN)
const SEQ_MASK = 2 ** 40 - 1

export function emptyChecksum(): RowsChecksum {
  return { rows: 0, high: 0, low: 0 }
}

export function isSameChecksum(a: RowsChecksum, b: RowsChecksum): boolean {
  return a.rows === b.rows && a.high === b.high && a.low === b.low
}

/** Adds a row that a document in the state `seq` should have. */
export function addRow(sum: RowsChecksum, plain: readonly boolean[], row: Row, seq: number): void {
  const hash = createHash('md5')
    .update(rowText(plain, row, seq))
    .digest()
  sum.rows += 1
  sum.high ^= hash.readInt32BE(0)
  sum.low ^= hash.readInt32BE(4)
}

/** For each column whether its text stands for itself. */
export function plainColumns({ definition, columns }: MirroredTable): readonly boolean[] {
  const kinds = new Map(definition.columns.map(({ name, kind }) => [name, kind]))
  return columns.map((column) => PLAIN.has(kinds.get(column)!))
}

/** @param plain as `plainColumns` gives it */
export function rowText(plain: readonly boolean[], row: Row, seq: number): string {
  let text = ''
  for (let place = 0; place < row.length; place++) {
    const value = row[place]!
    if (value !== null) {
      const shown = typeof value === 'string' ? value : String(value)
      text += plain[place] ? shown : `${Buffer.byteLength(shown)}:${shown}`
    }
    text += ','
  }
  return text + seq
}

/** An expression: what `rowText` makes of the row. */
export function rowTextSql(table: MirroredTable): string {
  const plain = plainColumns(table)
  const parts = table.columns.map((column, place) => {
    // Columns have several character sets and collations; under one that is said MySQL joins them without a question.
    const shown = `CONVERT(${quoteName(column)} USING utf8mb4) COLLATE utf8mb4_bin`
    return `IFNULL(${plain[place] ? shown : `CONCAT(LENGTH(${shown}),':',${shown})`},'')`
  })
  return `CONCAT(${[...parts, `${VER} & ${SEQ_MASK}`].join(",',',")})`
}

/**
 * Select items `row_count`, `checksum` and `term`: how many rows, the checksum as 16 hexadecimal digits, the latest term that one of
 * them was written in.
 */
export function checksumSql(table: MirroredTable): string {
  const hash = `CAST(CONV(LEFT(MD5(${rowTextSql(table)}),16),16,10) AS UNSIGNED)`
  return `COUNT(*) AS row_count, LPAD(HEX(BIT_XOR(${hash})),16,'0') AS checksum, MAX(${VER} >> 40) AS term`
}

export interface ChecksumRow {
  readonly row_count: number | string
  readonly checksum: string
  /** NULL without a row. */
  readonly term: number | string | null
}

export function readChecksum({ row_count, checksum }: ChecksumRow): RowsChecksum {
  return {
    rows: Number(row_count),
    high: Number.parseInt(checksum.slice(0, 8), 16) | 0,
    low: Number.parseInt(checksum.slice(8), 16) | 0,
  }
}
