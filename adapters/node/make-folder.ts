/** Makes a node's data folder. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder for its owner only, and those above it that are missing. `mkdirSync` does not return with `recursive`
 * where a folder that is there takes none, such as /proc.
 *
 * @returns the first that was made; `undefined` where all were there
 * @throws Error of the file system
 */
export function makeFolder(folder: string): string | undefined {
  const missing: string[] = []
  let at = resolve(folder)
  while (statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) {
    missing.unshift(at)
    at = dirname(at)
  }
  for (const one of missing) makeOne(one)
  // Something else may stand there.
  if (missing.length === 0) makeOne(at)
  return missing[0]
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it since.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
