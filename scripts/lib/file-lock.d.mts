/** Types of file-lock.mjs for TypeScript. */

export interface Holder {
  pid: number
  /** Tells the process from a later one with the same id. */
  startedAt: string
  token: string
  /** Whatever the holder wants its successor to know. */
  note?: Record<string, unknown>
}

export interface Lock {
  /** The dead holder that it was taken from. */
  readonly abandoned: Holder | undefined
  /** Replaces the note. */
  write(note: Record<string, unknown>): void
  /** Harmless when repeated, and when somebody else holds the lock by now. */
  release(): void
}

export interface LockOptions {
  /** Begins the error's sentence: "<purpose> is in use by process 12". */
  purpose: string
  /** How long to wait for a living holder; default 0, not at all. */
  waitMs?: number
  /** Called once, when the wait begins. */
  onWait?: (holder: Holder) => void
}

/** Throws `LOCK_HELD` when a living process holds it (this one included) and goes on doing so. */
export declare function acquireLock(path: string, options: LockOptions): Promise<Lock>
