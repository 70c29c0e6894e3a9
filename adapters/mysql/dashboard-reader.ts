/**
 * Reads from the mirror's database what people ask: on connections of its own, few of them, which write nothing. However
 * many ask and however slow MySQL is, the mirror goes on, and everybody is answered within the deadline.
 */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { withOwnSignal } from '../own-signal.ts'
import { toMirrorError } from './mysql-failure.ts'
import { MysqlSession } from './mysql-session.ts'
import { parseMysqlUrl, type MysqlTarget } from './mysql-target.ts'

export interface DashboardLimits {
  readonly sessions: number
  /** Beyond it nobody waits. */
  readonly waiting: number
  /** For waiting and reading together. */
  readonly deadlineMs: number
}

/** A page asks for everything that it shows at once. */
const LIMITS: DashboardLimits = { sessions: 3, waiting: 40, deadlineMs: 10_000 }
/** Of a statement that was stopped because it took too long, in MariaDB and MySQL. */
const TOO_SLOW: ReadonlySet<unknown> = new Set([1969, 3024])
const UNKNOWN_VARIABLE = 1193
const AGAIN_S = 5

export class DashboardReader {
  readonly #target: MysqlTarget
  readonly #limits: DashboardLimits
  readonly #idle: MysqlSession[] = []
  readonly #open = new Set<MysqlSession>()
  readonly #waiting: (() => void)[] = []
  readonly #stopping = new AbortController()
  #busy = 0

  /** @throws OutpostError BAD_CONFIGURATION */
  constructor(url: string, limits: DashboardLimits = LIMITS) {
    this.#target = parseMysqlUrl(url)
    this.#limits = limits
  }

  /**
   * What `work` reads on one connection.
   *
   * @throws OutpostError TOO_BUSY, MIRROR_UNAVAILABLE, MIRROR_TABLES
   */
  async read<T>(work: (session: Pick<MysqlSession, 'rows'>) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(this.#limits.deadlineMs)
    await this.#takePlace(deadline)
    let session: MysqlSession | undefined
    try {
      session = this.#idle.pop() ?? (await this.#connect(deadline))
      const result = await within(session, deadline, work)
      this.#idle.push(session)
      return result
    } catch (error) {
      if (session) this.#end(session)
      throw this.#inWords(error, deadline)
    } finally {
      this.#busy -= 1
      this.#waiting.shift()?.()
    }
  }

  stop(): void {
    this.#stopping.abort()
    for (const session of this.#open) this.#end(session)
  }

  async #takePlace(deadline: AbortSignal): Promise<void> {
    if (this.#busy < this.#limits.sessions) {
      this.#busy += 1
      return
    }
    if (this.#waiting.length >= this.#limits.waiting) throw tooBusy()
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        deadline.removeEventListener('abort', giveUp)
        // Taken in the same moment in which it was left: nobody else comes between.
        this.#busy += 1
        resolve()
      }
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        reject(tooBusy())
      }
      deadline.addEventListener('abort', giveUp, { once: true })
      this.#waiting.push(go)
    })
  }

  async #connect(deadline: AbortSignal): Promise<MysqlSession> {
    const session = await withOwnSignal([deadline, this.#stopping.signal], ({ signal }) =>
      MysqlSession.connect(this.#target, signal),
    )
    this.#open.add(session)
    session.onEnd(() => this.#end(session))
    try {
      await within(session, deadline, () => limit(session, this.#limits.deadlineMs))
    } catch (error) {
      this.#end(session)
      throw error
    }
    return session
  }

  #end(session: MysqlSession): void {
    if (!this.#open.delete(session)) return
    const place = this.#idle.indexOf(session)
    if (place >= 0) this.#idle.splice(place, 1)
    session.destroy()
  }

  #inWords(error: unknown, deadline: AbortSignal): OutpostError {
    const { host } = this.#target
    const isTooSlow = deadline.aborted || TOO_SLOW.has((error as { errno?: number }).errno)
    if (!isTooSlow) return toMirrorError(error, host)
    const seconds = this.#limits.deadlineMs / 1000
    const message = `MySQL on ${host} had not answered after ${seconds} s; a shorter range of days is read sooner`
    return new OutpostError('MIRROR_UNAVAILABLE', message, { cause: error, retryAfterS: AGAIN_S })
  }
}

async function within<T>(
  session: MysqlSession,
  deadline: AbortSignal,
  work: (session: MysqlSession) => Promise<T>,
): Promise<T> {
  const end = () => session.destroy()
  deadline.addEventListener('abort', end, { once: true })
  try {
    deadline.throwIfAborted()
    return await work(session)
  } finally {
    deadline.removeEventListener('abort', end)
  }
}

/** The server itself stops what takes longer: a connection that ends does not. Each of the two has its own name for it. */
async function limit(session: MysqlSession, deadlineMs: number): Promise<void> {
  await session.command('SET SESSION TRANSACTION READ ONLY')
  try {
    await session.command(`SET SESSION max_statement_time = ${deadlineMs / 1000}`)
  } catch (error) {
    if ((error as { errno?: number }).errno !== UNKNOWN_VARIABLE) throw error
    await session.command(`SET SESSION max_execution_time = ${deadlineMs}`)
  }
}

function tooBusy(): OutpostError {
  return new OutpostError('TOO_BUSY', 'more figures are asked for at once than MySQL is asked for', {
    retryAfterS: AGAIN_S,
  })
}
