/** How full the disk of a store is, so that headquarters sees it before it is full. */
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Figures } from '../../schemas/protocol/exchange.ts'

/** `undefined` where the disk does not tell; nothing depends on it. */
export async function diskFigures(file: string): Promise<Figures['disk']> {
  try {
    const { bavail, bsize } = await statfs(dirname(file))
    const sizes = await Promise.all([file, `${file}-wal`].map(sizeOf))
    return { free: bavail * bsize, store: sizes.reduce((sum, size) => sum + size, 0) }
  } catch {
    return undefined
  }
}

/** SQLite makes and removes the log as it needs it. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}
