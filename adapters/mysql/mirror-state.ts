/**
 * The stored state of a mirror: how far it has come, in whose term, and which collections are still being filled. Its row
 * is the fence: a writer moves it in the transaction of its batch, and only with its own term.
 */
import type { Epoch } from '../../schemas/brand.ts'
import type { FeedPosition } from './change-feed.ts'
import type { MysqlSession } from './mysql-session.ts'
import { FILL_TABLE, PARKED_TABLE, STATE_TABLE } from './own-tables.ts'

export interface MirrorState {
  readonly term: number
  readonly position: FeedPosition
  /** Collections that are being written anew, with the last id that is written. */
  readonly filling: ReadonlyMap<string, string>
}

interface TermClaim {
  readonly name: string
  /** The term that this process writes in, once it has one. */
  readonly ownTerm: number | undefined
  /** Fingerprints of the mappings by collection. */
  readonly mappings: ReadonlyMap<string, string>
  /** Collections with tables or columns that are not there yet. */
  readonly incomplete: ReadonlySet<string>
  /** The feed's head: what was committed up to it is in the documents that a filling reads. */
  readonly head: FeedPosition
  readonly isOnHistory: (position: FeedPosition) => boolean
  readonly newestTerm: () => Promise<number>
}

interface StateRow {
  readonly epoch: Epoch
  readonly seq: number | string
  readonly term: number | string
}

interface FillRow {
  readonly collection: string
  readonly mapping: string
  readonly filled_to: string | null
}

const SELECT = `SELECT epoch, seq, term FROM ${STATE_TABLE.name} WHERE name = ?`

/**
 * Takes the mirror for this process: a new term at its first connection, and where everything is written anew because the
 * stored position is not on the store's history. A collection alone is written anew when its mapping has changed, or when
 * its tables are new or gone; one that is mapped no more is forgotten.
 *
 * @returns `deposed` when another process has taken it since
 */
export async function claimTerm(session: MysqlSession, claim: TermClaim): Promise<MirrorState | 'deposed'> {
  const { name, ownTerm = 0, head } = claim
  // Before the transaction: it may read whole tables, and is needed only where the state is lost.
  const stored = await readState(session, name)
  const floor = stored ? 0 : await claim.newestTerm()
  return session.transaction(async () => {
    const [row] = await session.rows<StateRow>(`${SELECT} FOR UPDATE`, [name])
    const storedTerm = Number(row?.term ?? floor)
    if (row && ownTerm > 0 && storedTerm > ownTerm) return 'deposed'
    const storedPosition = row && { epoch: row.epoch, seq: Number(row.seq) }
    const continues = storedPosition !== undefined && claim.isOnHistory(storedPosition)
    const term = continues && storedTerm === ownTerm ? ownTerm : Math.max(storedTerm, ownTerm) + 1
    const position = continues ? storedPosition : head
    await session.change(
      `INSERT INTO ${STATE_TABLE.name} (name, epoch, seq, term, writes, updated_at) VALUES (?, ?, ?, ?, 0, UTC_TIMESTAMP(3))` +
        ' ON DUPLICATE KEY UPDATE epoch = VALUES(epoch), seq = VALUES(seq), term = VALUES(term), writes = writes + 1,' +
        ' updated_at = VALUES(updated_at)',
      [name, position.epoch, position.seq, term],
    )
    return { term, position, filling: await claimFilling(session, claim, continues) }
  })
}

/** Sets a collection back to its beginning; what is refused again is parked again. */
export async function beginFilling(
  session: MysqlSession,
  name: string,
  collection: string,
  mapping: string,
): Promise<void> {
  await session.change(
    `INSERT INTO ${FILL_TABLE.name} (name, collection, mapping, filled_to) VALUES (?, ?, ?, '')` +
      " ON DUPLICATE KEY UPDATE mapping = VALUES(mapping), filled_to = ''",
    [name, collection, mapping],
  )
  await clearParkedOf(session, name, collection)
}

/** @param filledTo the last id that is written; `undefined` when all are */
export async function noteFilled(
  session: MysqlSession,
  name: string,
  collection: string,
  filledTo: string | undefined,
): Promise<void> {
  await session.change(`UPDATE ${FILL_TABLE.name} SET filled_to = ? WHERE name = ? AND collection = ?`, [
    filledTo ?? null,
    name,
    collection,
  ])
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
    `UPDATE ${STATE_TABLE.name} SET epoch = ?, seq = ?, writes = writes + 1, updated_at = UTC_TIMESTAMP(3)` +
      ' WHERE name = ? AND term = ? AND seq < ?',
    [to.epoch, to.seq, name, term, to.seq],
  )
  return affectedRows === 1 ? 'passed' : readFence(session, name, term).then(repeatedIfHeld)
}

/** Puts the position back to where this writer knows it, where somebody else has moved it. */
export async function putBack(session: MysqlSession, name: string, term: number, to: FeedPosition): Promise<void> {
  await session.change(
    `UPDATE ${STATE_TABLE.name} SET epoch = ?, seq = ?, writes = writes + 1 WHERE name = ? AND term = ?`,
    [to.epoch, to.seq, name, term],
  )
}

/**
 * Locks the state without moving it, for work that belongs to no page of the feed. It writes the row all the same, as
 * every transaction of a mirror does: by that, whoever reads the server's log of changes knows them from other people's.
 */
export async function holdFence(session: MysqlSession, name: string, term: number): Promise<FenceOutcome> {
  const outcome = await readFence(session, name, term)
  if (outcome === 'passed') {
    await session.change(`UPDATE ${STATE_TABLE.name} SET writes = writes + 1 WHERE name = ?`, [name])
  }
  return outcome
}

async function readFence(session: MysqlSession, name: string, term: number): Promise<FenceOutcome> {
  const [row] = await session.rows<StateRow>(`${SELECT} FOR UPDATE`, [name])
  if (!row || Number(row.term) < term) return 'lost'
  return Number(row.term) === term ? 'passed' : 'deposed'
}

async function claimFilling(
  session: MysqlSession,
  { name, mappings, incomplete }: TermClaim,
  continues: boolean,
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.rows<FillRow>(
    `SELECT collection, mapping, filled_to FROM ${FILL_TABLE.name} WHERE name = ? FOR UPDATE`,
    [name],
  )
  const stored = new Map(rows.map((row) => [row.collection, row]))
  for (const collection of stored.keys()) {
    if (!mappings.has(collection)) await forgetCollection(session, name, collection)
  }
  const filling = new Map<string, string>()
  for (const [collection, mapping] of mappings) {
    const row = continues ? stored.get(collection) : undefined
    if (!row || row.mapping !== mapping || incomplete.has(collection)) {
      await beginFilling(session, name, collection, mapping)
      filling.set(collection, '')
    } else if (row.filled_to !== null) filling.set(collection, row.filled_to)
  }
  return filling
}

/** Of one that is mapped no more: what happens meanwhile does not reach its tables, so once it is back all is written anew. */
async function forgetCollection(session: MysqlSession, name: string, collection: string): Promise<void> {
  await session.change(`DELETE FROM ${FILL_TABLE.name} WHERE name = ? AND collection = ?`, [name, collection])
  await clearParkedOf(session, name, collection)
}

async function clearParkedOf(session: MysqlSession, name: string, collection: string): Promise<void> {
  await session.change(`DELETE FROM ${PARKED_TABLE.name} WHERE name = ? AND collection = ?`, [name, collection])
}

function repeatedIfHeld(outcome: FenceOutcome): FenceOutcome {
  return outcome === 'passed' ? 'repeated' : outcome
}

async function readState(session: MysqlSession, name: string): Promise<StateRow | undefined> {
  const [row] = await session.rows<StateRow>(SELECT, [name])
  return row
}
