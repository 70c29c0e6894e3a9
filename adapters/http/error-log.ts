/**
 * Logs what a node could not answer. A full disk fails every request, and writing about each of them fills what is left
 * of it: one kind of failure is logged at once, and then at most every ten seconds, with how many there were since.
 */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Log } from '../log.ts'

const INTERVAL_MS = 10_000

export interface FailedRequest {
  readonly error: unknown
  readonly code: string
  readonly requestId: string
  readonly path: string
}

export class ErrorLog {
  readonly #log: Log
  readonly #nowMs: () => number
  /** By code: when it was logged, and how many were not since. */
  readonly #logged = new Map<string, { atMs: number; unsaid: number }>()

  /** @param nowMs any clock that never goes back */
  constructor(log: Log, nowMs: () => number = () => performance.now()) {
    this.#log = log
    this.#nowMs = nowMs
  }

  note({ error, code, requestId, path }: FailedRequest): void {
    const nowMs = this.#nowMs()
    const last = this.#logged.get(code)
    if (last && nowMs - last.atMs < INTERVAL_MS) {
      last.unsaid += 1
      return
    }
    this.#logged.set(code, { atMs: nowMs, unsaid: 0 })
    // What has a code of the catalogue says itself what is wrong; a stack is for what nobody foresaw.
    const what = error instanceof OutpostError ? { error: error.message } : { err: error }
    const unsaid = last && last.unsaid > 0 ? { unsaid: last.unsaid } : {}
    this.#log.error({ code, ...what, requestId, path, ...unsaid }, 'request failed')
  }
}
