/** Has a running node make a backup and follows it to its end, however long it takes. */
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError, type ErrorBody } from '../../schemas/outpost-error.ts'
import type { BackupEvent, BackupReport } from '../../schemas/protocol/backup.ts'
import { readEvents } from '../http/read-events.ts'
import type { NodeAddress } from '../node/node-file.ts'
import { commandHeaders } from './node-client.ts'

export interface AskedBackup {
  readonly to?: string | undefined
  readonly signal: AbortSignal
  readonly onProgress: (progress: number) => void
}

/** @throws OutpostError the node's own, or NODE_UNREACHABLE */
export async function askForBackup(node: NodeAddress, asked: AskedBackup): Promise<BackupReport> {
  const { url } = node
  const { to, signal, onProgress } = asked
  try {
    const response = await fetch(`${url}/api/backups`, {
      method: 'POST',
      headers: { ...commandHeaders(node), 'content-type': 'application/json' },
      body: JSON.stringify(to === undefined ? {} : { to }),
      signal,
    })
    if (!response.ok) throw asError((await response.json()) as ErrorBody)
    for await (const event of readEvents<BackupEvent>(response)) {
      if ('report' in event) return event.report
      if ('error' in event) throw asError(event.error)
      onProgress(event.progress)
    }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof OutpostError) throw cause
    throw new OutpostError('NODE_UNREACHABLE', `the node at ${url} does not answer`, { cause })
  }
  throw new OutpostError('NODE_UNREACHABLE', `the node at ${url} stopped before the backup was made`)
}

function asError({ code, message, field }: ErrorBody): OutpostError {
  const known = code in ERROR_CATALOGUE ? code : ('INTERNAL' satisfies ErrorCode)
  return new OutpostError(known, message, field === undefined ? {} : { field })
}
