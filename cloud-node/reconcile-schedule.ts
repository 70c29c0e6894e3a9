/** When headquarters compares rows with documents by itself. */
import { Cron } from 'croner'
import type { ReconciliationStatus } from '../schemas/protocol/reconciliation.ts'

export interface ReconcilePlan {
  /** Patterns of cron; absent: not by itself. */
  readonly recent?: string | undefined
  readonly all?: string | undefined
  /** More differences wait for a person. */
  readonly repairUpTo: number
  /** IANA. */
  readonly timeZone: string
}

export interface ScheduleParts {
  /** @param mirrors all of them without it */
  readonly call: (kind: 'recent' | 'all', mirrors?: readonly string[]) => void
  /** When everything of each mirror was gone over last, ms since 1970. */
  readonly lastAllMs: () => ReadonlyMap<string, number>
}

/** How often a node looks whether it has missed its hour, where recent documents do not call for it. */
const MAKE_UP = '*/15 * * * *'

export class ReconcileSchedule {
  readonly #plan: ReconcilePlan
  readonly #parts: ScheduleParts
  #jobs: { readonly recent?: Cron; readonly all?: Cron; readonly makeUp?: Cron } = {}

  constructor(plan: ReconcilePlan, parts: ScheduleParts) {
    this.#plan = plan
    this.#parts = parts
  }

  start(): void {
    const { recent, all, timeZone } = this.#plan
    const { call } = this.#parts
    const options = { unref: true, timezone: timeZone }
    const allJob = all === undefined ? undefined : new Cron(all, options, () => call('all'))
    // A node that was off at the hour makes up for it, and so does one whose run failed: of the mirrors that it has missed.
    const isLate = (lastMs: number): boolean => {
      const due = allJob?.nextRun(new Date(lastMs))
      return due !== null && due !== undefined && due.getTime() <= Date.now()
    }
    const makeUp = (): void => {
      const late = [...this.#parts.lastAllMs()].flatMap(([mirror, lastMs]) => (isLate(lastMs) ? mirror : []))
      if (late.length > 0) call('all', late)
    }
    const recentJob =
      recent === undefined
        ? undefined
        : new Cron(recent, options, () => {
            makeUp()
            call('recent')
          })
    const makeUpJob = allJob && !recentJob ? new Cron(MAKE_UP, options, makeUp) : undefined
    this.#jobs = {
      ...(recentJob && { recent: recentJob }),
      ...(allJob && { all: allJob }),
      ...(makeUpJob && { makeUp: makeUpJob }),
    }
    makeUp()
  }

  stop(): void {
    this.#jobs.recent?.stop()
    this.#jobs.all?.stop()
    this.#jobs.makeUp?.stop()
  }

  next(): ReconciliationStatus['next'] {
    const recent = this.#jobs.recent?.nextRun()
    const all = this.#jobs.all?.nextRun()
    return { ...(recent && { recent: recent.toISOString() }), ...(all && { all: all.toISOString() }) }
  }
}
