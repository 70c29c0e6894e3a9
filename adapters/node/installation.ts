/** Where an installed Outpost keeps what it does not import: the pages, and the files of processes of their own. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The file or folder that the build made, e.g. `bin/outpost.js`. Modules cannot say where they are themselves: they run
 * from their sources in tests, from dist/ in benchmarks, and in bundles as commands.
 */
export function builtPath(path: string): string {
  return join(ROOT, 'dist', path)
}

const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  if (folder === dirname(folder))
    throw new Error('Outpost runs outside of its folder: there is no package.json above it')
  return findRoot(dirname(folder))
}
