/** Reads a write-ahead log as SQLite's recovery does (https://sqlite.org/fileformat2.html#walformat), without its sums. */
import { readFileSync } from 'node:fs'

export interface WalFrames {
  /** Offsets at which the frames of the current log end, in order; older ones may lie behind them. */
  readonly ends: readonly number[]
  /** The end of the last frame that ends a transaction. */
  readonly committedEnd: number
}

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

export function readWal(file: string): WalFrames {
  const log = readFileSync(file)
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8)
  const salts = log.subarray(16, 24)
  const ends: number[] = []
  let committedEnd = HEADER_BYTES
  for (let start = HEADER_BYTES; start + frameBytes <= log.length; start += frameBytes) {
    if (!log.subarray(start + 8, start + 16).equals(salts)) break
    ends.push(start + frameBytes)
    if (log.readUInt32BE(start + 4) > 0) committedEnd = start + frameBytes
  }
  return { ends, committedEnd }
}
