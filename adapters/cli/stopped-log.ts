/** The sync log of a node that does not answer, which may have stopped or only stand still. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { nodeFileIn } from '../node/node-file.ts'
import { toFileError } from '../sqlite/file-error.ts'
import { openLogToRead } from '../synclog/log-file.ts'
import { SYNC_LOG_FILE } from '../synclog/sync-log.ts'
import { silentNode } from './node-client.ts'

/**
 * @returns `undefined` where there is none that could be read
 * @throws OutpostError NODE_STARTING where its node has it, and so is there; PATH_UNUSABLE for a user who
 *   cannot know whether one runs
 */
export function openStoppedLog(folder: string): Database.Database | undefined {
  refuseHidden(folder)
  const file = join(folder, SYNC_LOG_FILE)
  if (!existsSync(file)) return undefined
  try {
    return openLogToRead(file)
  } catch (error) {
    throw error instanceof OutpostError && error.code === 'STORE_LOCKED' ? silentNode(folder, error) : error
  }
}

/** To a user who may not look into the folder every node seems stopped. */
function refuseHidden(folder: string): void {
  try {
    readFileSync(nodeFileIn(folder))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM') throw toFileError(cause) ?? cause
  }
}
