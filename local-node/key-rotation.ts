/** Changes the key of this PC when it is old, and finds the way back where headquarters has lost the newest one. */
import type { SignedFetch } from '../adapters/access/signed-fetch.ts'
import { EXCHANGE_PATH } from '../adapters/http/exchange-path.ts'
import { readText } from '../adapters/http/read-text.ts'
import type { Log } from '../adapters/log.ts'
import { withDeadline } from '../adapters/own-signal.ts'
import { newKeyAnswerSchema } from '../schemas/protocol/request-proof.ts'
import type { BranchKey } from './branch-key.ts'

const DEADLINE_MS = 10_000

export interface KeyRotationParts {
  readonly key: BranchKey
  readonly send: SignedFetch
  readonly nowMs: () => number
  readonly log: Log
}

/** What the last cycle says of how headquarters takes the key. */
export type CycleEnd = 'good' | 'key-unknown' | 'other'

export class KeyRotation {
  readonly #parts: KeyRotationParts
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: KeyRotationParts) {
    this.#parts = parts
  }

  /** @returns whether it is worth to try again at once, with another key */
  afterCycle(end: CycleEnd): boolean {
    const { key, nowMs } = this.#parts
    if (end === 'key-unknown') return key.fallBack()
    if (end === 'good') key.noteTaken()
    if (end === 'good' && key.isDue(nowMs()))
      this.#running ??= this.#rotate().finally(() => (this.#running = undefined))
    return false
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await this.#running
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.settled()
  }

  /** One try; the next good cycle makes another. */
  async #rotate(): Promise<void> {
    const { key, send, nowMs, log } = this.#parts
    try {
      const proposal = await key.proposal(nowMs())
      if (!proposal) return
      const taken = await withDeadline(DEADLINE_MS, this.#stopping.signal, async (own) => {
        const headers = { 'content-type': 'application/json' }
        const init = { method: 'POST', headers, body: JSON.stringify(proposal), signal: own.signal } as const
        const response = await send(`${EXCHANGE_PATH}/key`, init)
        return newKeyAnswerSchema.safeParse(JSON.parse(await readText(response, own.signal))).success
      })
      if (!taken) throw new Error('headquarters has not taken it')
      key.confirm(proposal)
      log.info({ keyId: key.keyId }, 'this branch signs with a new key')
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'the key was not changed')
    }
  }
}
