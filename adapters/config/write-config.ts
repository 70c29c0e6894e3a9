/** Writes the configuration file of a node, so that a power cut leaves the old one or the new one. */
import { chmodSync, existsSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { makeFolder } from '../node/make-folder.ts'
import { syncPath } from '../sqlite/sync-path.ts'
import { configFileIn } from './config-file.ts'

export interface PreparedConfig {
  readonly file: string
  /** It takes its name, and the place of an earlier one. */
  keep(): Promise<void>
  /** As if it had never been written, with the folder that was made for it. */
  discard(): void
}

/**
 * Writes the file under another name, so that nothing is begun for one that cannot be written. It is its owner's only, and
 * so is the folder, unless that is somebody else's.
 *
 * @throws Error of the file system
 */
export async function prepareConfig(dataDir: string, text: string): Promise<PreparedConfig> {
  const file = configFileIn(dataDir)
  const prepared = `${file}.new`
  const made = makeFolder(dataDir)
  const names = readdirSync(dataDir)
  const isOwn = names.length === 0 || names.includes('store.sqlite') || existsSync(file)
  if (isOwn) chmodSync(dataDir, 0o700)
  rmSync(prepared, { force: true })
  writeFileSync(prepared, text, { mode: 0o600, flag: 'wx' })
  await syncPath(prepared)
  return {
    file,
    async keep() {
      renameSync(prepared, file)
      await syncPath(dataDir)
    },
    discard() {
      rmSync(prepared, { force: true })
      if (made !== undefined && readdirSync(dataDir).length === 0) rmdirSync(dataDir)
    },
  }
}
