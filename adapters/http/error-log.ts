/**
 * Logs what a node could not answer, and whom it does not know. A full disk fails every request, and writing about each of them fills what is left
 * of it: one kind of failure is logged at once, and then at most every ten seconds, with how many there were since.
 */
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Log } from '../log.ts'

const INTERVAL_MS = 10_000

/** Whoever meets one of these is a stranger, a branch whose key is no longer good, or a program that was set up wrongly. */
const STRANGE: ReadonlySet<ErrorCode> = new Set([
  'KEY_UNKNOWN',
  'REPLAYED',
  'REVOKED',
  'SIGNATURE',
  'TOO_MANY_REQUESTS',
  'UNAUTHENTICATED',
])

export interface FailedRequest {
  readonly error: unknown
  readonly code: ErrorCode
  readonly status: number
  /** Where it came from. */
  readonly address: string
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

  note({ error, code, status, address, requestId, path }: FailedRequest): void {
    const isStrange = STRANGE.has(code)
    if (status < 500 && !isStrange) return
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
    if (isStrange) this.#log.warn({ code, ...what, address, requestId, path, ...unsaid }, 'request refused')
    else this.#log.error({ code, ...what, requestId, path, ...unsaid }, 'request failed')
  }
}
