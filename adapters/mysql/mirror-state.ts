/**
 * The stored state of a mirror: how far it has come, in whose term, and whether it is being rebuilt. Its row is the
 * fence: a writer moves it in the transaction of its batch, and only with its own term.
 */
import type { Epoch } from '../../schemas/brand.ts'
import type { FeedPosition } from './change-feed.ts'
import type { MysqlSession } from './mysql-session.ts'
import { PARKED_TABLE, STATE_TABLE } from './own-tables.ts'
import { rowVersion } from './row-version.ts'

export interface MirrorState {
  readonly term: number
  readonly position: FeedPosition
  /** While all is written anew: the first version of the rebuild. */
  readonly rebuildBefore: string | undefined
}

interface TermClaim {
  readonly name: string
  /** The term that this process writes in, once it has one. */
  readonly ownTerm: number | undefined
  /** Fingerprint of the mapping. */
  readonly mapping: string
  readonly needsRefill: boolean
  /** Where a rebuild begins. */
  readonly start: FeedPosition
  readonly isOnHistory: (position: FeedPosition) => boolean
  readonly newestTerm: () => Promise<number>
}

interface StateRow {
  readonly epoch: Epoch
  readonly seq: number | string
  readonly term: number | string
  readonly rebuild_before: string | number | null
  readonly mapping: string
}

const SELECT =
  'SELECT epoch, seq, term, CAST(rebuild_before AS CHAR) AS rebuild_before, mapping' +
  ` FROM ${STATE_TABLE.name} WHERE name = ?`

/**
 * Takes the mirror for this process: a new term at its first connection and for every rebuild. A rebuild begins when
 * the stored position is not on the store's history, when the mapping has changed, or when tables are new or gone.
 *
 * @returns `deposed` when another process has taken it since
 */
export async function claimTerm(session: MysqlSession, claim: TermClaim): Promise<MirrorState | 'deposed'> {
  const { name, ownTerm = 0, mapping, start } = claim
  // Before the transaction: it may read whole tables, and is needed only where the state is lost.
  const stored = await readState(session, name)
  const floor = stored ? 0 : await claim.newestTerm()
  return session.transaction(async () => {
    const [row] = await session.rows<StateRow>(`${SELECT} FOR UPDATE`, [name])
    const storedTerm = Number(row?.term ?? floor)
    if (row && ownTerm > 0 && storedTerm > ownTerm) return 'deposed'
    const position = row && toPosition(row)
    const rebuild = !row || !position || claim.needsRefill || row.mapping !== mapping || !claim.isOnHistory(position)
    if (!rebuild && storedTerm === ownTerm) return { term: ownTerm, position, rebuildBefore: rebuildBefore(row) }

    const term = Math.max(storedTerm, ownTerm) + 1
    if (!rebuild) {
      await session.change(`UPDATE ${STATE_TABLE.name} SET term = ? WHERE name = ?`, [term, name])
      return { term, position, rebuildBefore: rebuildBefore(row) }
    }
    const first = rowVersion(term, 0)
    await session.change(
      `INSERT INTO ${STATE_TABLE.name} (name, epoch, seq, term, rebuild_before, mapping, updated_at)` +
        ' VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE epoch = VALUES(epoch),' +
        ' seq = VALUES(seq), term = VALUES(term), rebuild_before = VALUES(rebuild_before),' +
        ' mapping = VALUES(mapping), updated_at = VALUES(updated_at)',
      [name, start.epoch, start.seq, term, first, mapping],
    )
    // What is refused again is parked again.
    await session.change(`DELETE FROM ${PARKED_TABLE.name}`, [])
    return { term, position: start, rebuildBefore: first }
  })
}

export type FenceOutcome = 'passed' | 'repeated' | 'deposed' | 'lost'

/**
 * Moves the stored position, first of all in a batch's transaction. Whoever's term is over moves nothing and must roll
 * back.
 *
 * `repeated`: the position is there or further already, as after a commit whose answer was lost. `lost`: the state is
 * gone or older than this writer, so MySQL itself was restored; claim anew.
 */
export async function passFence(
  session: MysqlSession,
  name: string,
  term: number,
  to: FeedPosition,
): Promise<FenceOutcome> {
  const { affectedRows } = await session.change(
    `UPDATE ${STATE_TABLE.name} SET epoch = ?, seq = ?, updated_at = UTC_TIMESTAMP(3)` +
      ' WHERE name = ? AND term = ? AND seq < ?',
    [to.epoch, to.seq, name, term, to.seq],
  )
  return affectedRows === 1 ? 'passed' : holdFence(session, name, term).then(repeatedIfHeld)
}

/** Locks the state without moving it, for work that belongs to no batch. */
export async function holdFence(session: MysqlSession, name: string, term: number): Promise<FenceOutcome> {
  const [row] = await session.rows<StateRow>(`${SELECT} FOR UPDATE`, [name])
  if (!row || Number(row.term) < term) return 'lost'
  return Number(row.term) === term ? 'passed' : 'deposed'
}

export async function finishRebuild(session: MysqlSession, name: string, term: number): Promise<void> {
  await session.change(`UPDATE ${STATE_TABLE.name} SET rebuild_before = NULL WHERE name = ? AND term = ?`, [name, term])
}

function repeatedIfHeld(outcome: FenceOutcome): FenceOutcome {
  return outcome === 'passed' ? 'repeated' : outcome
}

async function readState(session: MysqlSession, name: string): Promise<StateRow | undefined> {
  const [row] = await session.rows<StateRow>(SELECT, [name])
  return row
}

function toPosition(row: StateRow): FeedPosition {
  return { epoch: row.epoch, seq: Number(row.seq) }
}

function rebuildBefore(row: StateRow): string | undefined {
  return row.rebuild_before === null ? undefined : String(row.rebuild_before)
}
