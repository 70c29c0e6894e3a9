/** Installs this folder's own packages, unless they are there as its package-lock.json says; for a `beforeAll`. */
import { fileURLToPath } from 'node:url'
import { ensureDependencies } from '../../scripts/lib/dependencies.mjs'

export const INSTALL_DEADLINE_MS = 10 * 60_000

export async function installCompat(): Promise<void> {
  await ensureDependencies({ root: fileURLToPath(new URL('.', import.meta.url)), log: (line) => console.info(line) })
}
