/**
 * Connections for long questions beside a mirror's own, so that no change waits for an answer. They end with the mirror, in the
 * middle of a statement too: counting a large table may take minutes.
 */
import { ended } from './mirror-jobs.ts'
import { toMirrorError } from './mysql-failure.ts'
import { MysqlSession } from './mysql-session.ts'
import type { MysqlTarget } from './mysql-target.ts'

export class AsideSessions {
  readonly #target: MysqlTarget
  readonly #stopping: AbortSignal
  readonly #open = new Set<MysqlSession>()

  /** @param stopping the mirror's */
  constructor(target: MysqlTarget, stopping: AbortSignal) {
    this.#target = target
    this.#stopping = stopping
    stopping.addEventListener('abort', () => {
      for (const session of this.#open) session.destroy()
    })
  }

  /** @throws OutpostError MIRROR_UNAVAILABLE, MIRROR_TABLES */
  async use<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    let session: MysqlSession | undefined
    try {
      session = await MysqlSession.open(this.#target, this.#stopping)
      this.#open.add(session)
      return await work(session)
    } catch (error) {
      throw this.#stopping.aborted ? ended('stopped') : toMirrorError(error, this.#target.host)
    } finally {
      if (session) {
        this.#open.delete(session)
        session.destroy()
      }
    }
  }
}
