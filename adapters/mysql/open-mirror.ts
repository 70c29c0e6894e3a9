/** From a fresh connection to a mirror that may write: tables checked, term claimed, what is missing added. */
import type { ChangeFeed } from './change-feed.ts'
import { isOnHistory } from './feed-position.ts'
import { applyStatements, prepareMigration } from './migration.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { claimTerm, type MirrorState } from './mirror-state.ts'
import { MirrorWriter } from './mirror-writer.ts'
import type { MysqlSession } from './mysql-session.ts'
import { countParked } from './parked-documents.ts'

export interface OpenMirror extends MirrorState {
  readonly writer: MirrorWriter
  /** Those that it has made, or made again. */
  readonly views: ReadonlySet<string>
  /** What should be known of the tables, although the mirror can write them. */
  readonly warnings: readonly string[]
}

/**
 * The order matters: the claim is committed before a table is made, so that a crash in between leaves a state that
 * says "to be filled" and not a position that has passed rows which an empty table lacks. Findings come before the
 * claim, so that a mirror which cannot write deposes nobody.
 *
 * @throws OutpostError MIRROR_TABLES; what MySQL throws
 */
export async function openMirror(
  session: MysqlSession,
  options: {
    readonly name: string
    readonly feed: ChangeFeed
    readonly collections: readonly MirroredCollection[]
    /** Whether missing tables, columns and indexes may be added. */
    readonly create: boolean
    readonly ownTerm: number | undefined
    readonly now: () => number
  },
): Promise<OpenMirror | 'deposed'> {
  const { name, feed, collections, create, ownTerm, now } = options
  const { statements, views, incomplete, warnings, newestTerm } = await prepareMigration(session, collections, create)
  const state = await claimTerm(session, {
    name,
    ownTerm,
    mappings: new Map(collections.map(({ name, fingerprint }) => [name, fingerprint])),
    incomplete,
    head: feed.head(),
    isOnHistory: (position) => isOnHistory(feed, position),
    newestTerm,
  })
  if (state === 'deposed') return state
  await applyStatements(session, statements)
  const parkedCount = await countParked(session, name)
  return { ...state, views, warnings, writer: new MirrorWriter({ session, name, term: state.term, parkedCount, now }) }
}
