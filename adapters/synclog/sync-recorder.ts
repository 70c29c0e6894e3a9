/**
 * Where a node says what it exchanged, and who hears of it: the log, metrics, traces, alerts. Noting costs whoever asks
 * next to nothing, and never fails.
 */
import type { SyncLogDocument, SyncLogEntry } from '../../schemas/protocol/sync-log.ts'
import type { Log } from '../log.ts'

/** An entry before the log has numbered it. */
export type SyncNote = Omit<SyncLogEntry, 'number'>

/** What goes with a note. It is the caller's: a listener that keeps something of it copies it. */
export interface SyncNoteDetails {
  /** All that it carried, also beyond what the log remembers of one entry. */
  readonly documents: readonly SyncLogDocument[]
  /** Of documents that headquarters took: ms since each was written. */
  readonly delaysMs: readonly number[]
  /** Of a heartbeat: documents that wait at the branch. */
  readonly backlog?: number
}

export type SyncNoteListener = (note: SyncNote, details: SyncNoteDetails) => void

/** Since `performance.now()` was `startedAt`; ms, to hundredths. */
export function elapsedMs(startedAt: number): number {
  return roundMs(performance.now() - startedAt)
}

export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}

const NO_DETAILS: SyncNoteDetails = { documents: [], delaysMs: [] }

export class SyncRecorder {
  readonly #log: Log
  readonly #listeners = new Set<SyncNoteListener>()

  constructor(log: Log) {
    this.#log = log
  }

  note(note: SyncNote, details: Partial<SyncNoteDetails> = {}): void {
    for (const listener of this.#listeners) {
      try {
        listener(note, { ...NO_DETAILS, ...details })
      } catch (err) {
        this.#log.error({ err }, 'a listener of the sync log failed')
      }
    }
  }

  /** @returns what ends it */
  onEntry(listener: SyncNoteListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
