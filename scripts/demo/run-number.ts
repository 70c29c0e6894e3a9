/** Counts the runs of a demonstration on the same data, from 1. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function nextRun(folder: string, name: string): number {
  const file = join(folder, name)
  const run = existsSync(file) ? Number(readFileSync(file, 'utf8')) + 1 : 1
  writeFileSync(file, String(run))
  return run
}
