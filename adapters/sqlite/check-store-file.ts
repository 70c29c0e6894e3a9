/** Checks a store file in a process of its own: reading all of a large file takes seconds that no node can spare. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { storeFactsSchema, type StoreFacts } from '../../schemas/protocol/backup.ts'
import { builtPath } from '../node/installation.ts'

export interface CheckOptions {
  /** Whether the file may be written to, so that it stands alone; see `inspect-store-file.ts`. */
  readonly settle?: boolean
  readonly signal?: AbortSignal
}

/** @throws OutpostError BACKUP_INVALID, STORE_VERSION, STORE_LOCKED; the signal's reason */
export async function checkStoreFile(file: string, options: CheckOptions = {}): Promise<StoreFacts> {
  const { settle = false, signal } = options
  signal?.throwIfAborted()
  const child = spawn(
    process.execPath,
    [builtPath('bin/inspect-store-process.js'), file, ...(settle ? ['settle'] : [])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      killSignal: 'SIGKILL',
      ...(signal && { signal }),
    },
  )
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  const [said] = await Promise.all([text(child.stdout), ended]).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
  signal?.throwIfAborted()
  if (said === '') throw new OutpostError('BACKUP_INVALID', `the check of ${file} ended without a result`)
  const { facts, error } = JSON.parse(said) as { facts?: unknown; error?: { code: string; message: string } }
  if (!error) return storeFactsSchema.parse(facts)
  throw new OutpostError(error.code in ERROR_CATALOGUE ? (error.code as ErrorCode) : 'INTERNAL', error.message)
}
