/**
 * Cuts rows into statements of few sizes: one full size, then powers of two. Each size of a statement is prepared once,
 * so a server sees a handful of prepared statements a table however many rows come.
 */
const FULL_SIZE = 500
const SMALLER_SIZES = [256, 128, 64, 32, 16, 8, 4, 2, 1]
/** Of a prepared statement, in MySQL's protocol. */
const MAX_PARAMETERS = 65_535
/** Far below the smallest usual `max_allowed_packet` (16 MiB). */
const MAX_BYTES = 4 * 1024 * 1024

/** `bytesOf`: an upper bound is enough. A single row is never cut, however large. */
export function* chunkRows<Row>(
  rows: readonly Row[],
  parametersPerRow: number,
  bytesOf: (row: Row) => number,
): Generator<readonly Row[]> {
  const sizes = [FULL_SIZE, ...SMALLER_SIZES].filter((size) => size === 1 || size * parametersPerRow <= MAX_PARAMETERS)
  for (let start = 0; start < rows.length;) {
    const fitting = rowsWithin(rows, start, sizes[0]!, bytesOf)
    const size = sizes.find((candidate) => candidate <= fitting) ?? 1
    yield rows.slice(start, start + size)
    start += size
  }
}

function rowsWithin<Row>(rows: readonly Row[], start: number, most: number, bytesOf: (row: Row) => number): number {
  const end = Math.min(rows.length, start + most)
  let bytes = 0
  for (let at = start; at < end; at++) {
    bytes += bytesOf(rows[at]!)
    if (bytes > MAX_BYTES) return Math.max(1, at - start)
  }
  return end - start
}
