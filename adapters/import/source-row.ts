/** One row of what another system holds: of a CSV file, or of a table. */
export interface SourceRow {
  /** Physical line of a file, 1-based, on which the row begins; 0 for a row of a table. */
  readonly line: number
  /** By the place of their column; empty for a broken row. */
  readonly fields: readonly string[]
  /** The row as a file has it, without its line end; of a table's row its key. */
  readonly text: string
}
