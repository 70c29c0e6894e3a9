/**
 * A file that is written beside its place and put there at the end, so that whoever opens it sees the old one or the whole
 * new one. What writers that were killed had begun is cleared first: it holds what documents hold.
 */
import { randomBytes } from 'node:crypto'
import { open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAlive } from './is-alive.ts'

export interface Beside {
  /** To be renamed to the place, or removed. */
  readonly temporary: string
  /** Mode 600. */
  readonly handle: FileHandle
}

/** Its folder must exist. Throws as `open` does. */
export async function openBeside(path: string): Promise<Beside> {
  await removeLeftovers(path)
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`
  return { temporary, handle: await open(temporary, 'wx', 0o600) }
}

/** Another writer may be under way, so the name says whose it is. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path)
  const begin = `${basename(path)}.`
  // Whoever opens a file there says what is wrong with the folder.
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = name.startsWith(begin) && /^(\d+)-[\da-f]{12}\.tmp$/.exec(name.slice(begin.length))?.[1]
    if (pid && !isAlive(Number(pid))) await rm(join(folder, name), { force: true })
  }
}
