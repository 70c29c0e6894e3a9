/** Types of process-tree.mjs for TypeScript. */
import type { StdioOptions } from 'node:child_process'

export interface SpawnChildOptions {
  cwd?: string
  /** The whole environment, not an addition; default `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Default: stdout and stderr are read when `log` or `onLine` is given, else everything is inherited. */
  stdio?: StdioOptions
  /** Put before each line that goes to `log`. */
  prefix?: string
  log?: (line: string) => void
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Tidies up after the child; synchronous, so that it also happens when this process ends abruptly. */
  onExit?: () => void
  /** Stopped by `stopAll` only after all children without this mark have ended. */
  last?: boolean
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  /** 0 when it could not be started; `exited` says why. */
  readonly pid: number
  readonly last: boolean
  /** Settles when the child and its output have ended; rejects when it could not be started. */
  readonly exited: Promise<Exit>
  /** SIGTERM, then SIGKILL after the deadline (15 s). */
  stop(deadlineMs?: number): Promise<Exit>
  /** SIGKILL, at once, to the child and whatever it started. */
  kill(): Promise<Exit>
  signal(signal: NodeJS.Signals): void
}

export declare const GROUP_VARIABLE: string

/** Aborted by the first SIGINT, SIGTERM or SIGHUP, before the children are stopped. */
export declare const stopRequested: AbortSignal

/**
 * Starts a child that never outlives this process. From the first child on, SIGINT, SIGTERM and SIGHUP stop all
 * children in order and then end this process.
 */
export declare function spawnChild(command: string, args: readonly string[], options?: SpawnChildOptions): Child

/** Stops ordinary children, then those marked `last`; kills what has not ended within the deadline (15 s, for each). */
export declare function stopAll(deadlineMs?: number): Promise<void>

/** As a shell gives it: 128 and the signal's number for a child that a signal ended. */
export declare function exitCodeOf(exit: Exit): number
