/**
 * What headquarters has heard of each branch's store: which start of it speaks, how far it has come. So it notices a
 * store that was restored from a backup, and two living PCs with one identity.
 */
import { endOfEpoch, type Lineage } from '../../schemas/lineage.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { HeartbeatRequest, Position, Standpoint } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'
import { decideLink, goesOnFrom, type DeadEpoch, type Heard, type Link } from './decide-link.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS branch_link (
  branch_id TEXT PRIMARY KEY, epoch TEXT NOT NULL, witness_epoch TEXT NOT NULL, witness_seq INTEGER NOT NULL,
  is_lost INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS branch_start (
  branch_id TEXT NOT NULL, epoch TEXT NOT NULL, head_seq INTEGER NOT NULL, beat INTEGER NOT NULL, host TEXT NOT NULL,
  heard_at REAL NOT NULL, is_suspect INTEGER NOT NULL, heir TEXT, dead_after INTEGER,
  PRIMARY KEY (branch_id, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS branch_lineage (
  branch_id TEXT NOT NULL, epoch TEXT NOT NULL, lineage TEXT NOT NULL, PRIMARY KEY (branch_id, epoch)
) STRICT, WITHOUT ROWID;`
/** Of a branch, beside those that are suspected or dead: by them an earlier start that speaks on is told from a restored store. */
const STARTS_KEPT = 50

/** One start of a branch's store, as headquarters has heard of it. */
export interface BranchStart {
  readonly epoch: string
  readonly host: string
  readonly heardAtMs: number
  /** Speaks although another one does; of one PC the start that was heard last. */
  readonly isSuspect: boolean
  readonly isDead: boolean
  readonly isCurrent: boolean
}

/** What a heartbeat says of the store that it comes from. */
type Introduction = Pick<HeartbeatRequest, 'head' | 'epochs' | 'beat' | 'host' | 'restoredFrom'>

export class BranchLinks {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLES)
  }

  /**
   * Takes a heartbeat. Call inside its transaction, which must be committed also where this refuses.
   *
   * @returns as far as headquarters has heard of a store that was restored and has not yet said that it knows
   */
  hear(branchId: string, request: Introduction, nowMs: number): { lost?: Position; refusal?: OutpostError } {
    const { head, restoredFrom } = request
    const row = this.#row(branchId)
    const link: Link | undefined = row && {
      epoch: row.epoch,
      witness: { epoch: row.witnessEpoch, seq: row.witnessSeq },
    }
    const before = this.#start(branchId, head.epoch)
    const verdict = decideLink(request, link, before?.beat ?? 0, this.#dead(branchId))
    if (verdict === 'repeated') return { refusal: repeated(request.beat, before!.beat) }
    this.#note(branchId, request, nowMs)
    if (verdict === 'dead') {
      // The starts that a heartbeat lists are its newest ones: the one that was declared dead is not among them for ever.
      this.#kill(branchId, head.epoch, NOTHING_SHARED)
      return { refusal: suspected(branchId, 'this PC was declared dead') }
    }
    if (!before) this.#noteLineage(branchId, head.epoch, request.epochs)
    const suspects = this.#suspects(branchId)
    if (verdict === 'clone' || suspects.length > 0) {
      if (suspects.length === 0) this.#suspect(branchId, link!.epoch)
      this.#suspect(branchId, head.epoch)
      const forerunner = before ? undefined : goesOnFrom(request, suspects)
      if (forerunner !== undefined) this.#inherit(branchId, forerunner, head.epoch)
      return { refusal: suspected(branchId, 'two running PCs say that they are it') }
    }
    const wasLost = verdict === 'restored' || row?.isLost === 1
    const isHealed = restoredFrom !== undefined && link && isSame(restoredFrom, link.witness)
    const isLost = wasLost && !isHealed
    const witness = isLost ? link!.witness : head
    this.#write(branchId, head.epoch, witness, isLost)
    if (!before) this.#forgetEarly(branchId, head.epoch)
    return isLost ? { lost: witness } : {}
  }

  /** @throws OutpostError HEARTBEAT_FIRST, CLONE_SUSPECTED where the request may not be answered */
  admit(branchId: string, { head }: Pick<Standpoint, 'head'>): void {
    if (this.isSuspected(branchId)) throw suspected(branchId, 'two running PCs say that they are it')
    const row = this.#row(branchId)
    if (row?.epoch === head.epoch && row.isLost === 0) return
    throw new OutpostError('HEARTBEAT_FIRST', 'headquarters has not heard a heartbeat of this start of the branch')
  }

  /** Headquarters relies on the branch's store up to its head. Call inside the transaction that does. */
  rely(branchId: string, { epoch, seq }: Position): void {
    const sql = `UPDATE branch_link SET witness_epoch = ?, witness_seq = ?
      WHERE branch_id = ? AND (witness_epoch <> ? OR witness_seq < ?)`
    this.#store.prepare(sql).run(epoch, seq, branchId, epoch, seq)
  }

  /** The starts of a branch's store that were heard of, newest first. */
  starts(branchId: string): BranchStart[] {
    const current = this.#row(branchId)?.epoch
    const sql = `SELECT epoch, host, heard_at AS heardAtMs, is_suspect AS isSuspect, dead_after AS deadAfter
      FROM branch_start WHERE branch_id = ? ORDER BY heard_at DESC`
    const rows = this.#store.prepare(sql).all(branchId) as StartRow[]
    return rows.map(({ epoch, host, heardAtMs, isSuspect, deadAfter }) => ({
      epoch,
      host,
      heardAtMs,
      isSuspect: isSuspect === 1,
      isDead: deadAfter !== null,
      isCurrent: epoch === current,
    }))
  }

  /** The newest starts of a branch's store, up to one that was heard of; `undefined` where they are not known any more. */
  lineage(branchId: string, epoch: string): Lineage | undefined {
    const own = 'SELECT lineage FROM branch_lineage WHERE branch_id = ? AND epoch = ?'
    const found = this.#store.prepare(own).pluck().get(branchId, epoch) as string | undefined
    if (found !== undefined) return JSON.parse(found) as Lineage
    const all = 'SELECT lineage FROM branch_lineage WHERE branch_id = ?'
    for (const text of this.#store.prepare(all).pluck().all(branchId) as string[]) {
      const lineage = JSON.parse(text) as Lineage
      const at = lineage.findIndex((start) => start.epoch === epoch)
      if (at >= 0) return lineage.slice(0, at + 1)
    }
    return undefined
  }

  /** The last start that was heard of the PC that this one is of, while two PCs are suspected. */
  newestOf(branchId: string, epoch: string): string {
    const { heir } = this.#start(branchId, epoch) ?? {}
    return heir ? this.newestOf(branchId, heir) : epoch
  }

  /**
   * A person says which of two living PCs is the branch: the other one is refused from now on, whatever it starts as.
   *
   * @param epoch a start of it; it may have been started again since
   * @throws OutpostError BRANCH_UNKNOWN where no such start was heard
   */
  keep(branchId: string, epoch: string): void {
    const newest = this.newestOf(branchId, epoch)
    const lineage = this.lineage(branchId, newest)
    if (!lineage) throw new OutpostError('BRANCH_UNKNOWN', `branch "${branchId}" has had no start ${epoch}`)
    for (const other of this.#disputed(branchId)) {
      if (this.newestOf(branchId, other) === newest) continue
      // Where the kept one goes on from another, that one is dead only behind the point where they part.
      this.#kill(branchId, other, endOfEpoch(lineage, Number.MAX_SAFE_INTEGER, other))
    }
    this.#settle(branchId)
    // It may have been told with that of another one, which is gone.
    this.#noteLineage(branchId, newest, lineage)
    const row = this.#row(branchId)!
    const witness = { epoch: row.witnessEpoch, seq: row.witnessSeq }
    this.#write(branchId, newest, witness, row.isLost === 1 || witness.epoch !== newest)
  }

  /** The branch gets another PC: what was its store until now must not come back. */
  replace(branchId: string): void {
    for (const { epoch } of this.starts(branchId)) this.#kill(branchId, epoch, NOTHING_SHARED)
    this.#settle(branchId)
    this.#store.prepare('DELETE FROM branch_link WHERE branch_id = ?').run(branchId)
  }

  /** Whether the branch's store was restored, and it has not yet said that it knows. */
  isRestored(branchId: string): boolean {
    return this.#row(branchId)?.isLost === 1
  }

  isSuspected(branchId: string): boolean {
    return this.#suspects(branchId).length > 0
  }

  /** Whether a heartbeat comes from a PC that a person has declared dead. */
  isDead(branchId: string, heard: Heard): boolean {
    return decideLink(heard, undefined, 0, this.#dead(branchId)) === 'dead'
  }

  /** How far each of them was heard of. */
  #suspects(branchId: string): Position[] {
    const sql = 'SELECT epoch, head_seq AS seq FROM branch_start WHERE branch_id = ? AND is_suspect = 1'
    return this.#store.prepare(sql).all(branchId) as Position[]
  }

  /** The suspected starts and those that they go on from. */
  #disputed(branchId: string): string[] {
    const sql = 'SELECT epoch FROM branch_start WHERE branch_id = ? AND (is_suspect = 1 OR heir IS NOT NULL)'
    return this.#store.prepare(sql).pluck().all(branchId) as string[]
  }

  #suspect(branchId: string, epoch: string): void {
    const sql = 'UPDATE branch_start SET is_suspect = 1, heir = NULL WHERE branch_id = ? AND epoch = ?'
    this.#store.prepare(sql).run(branchId, epoch)
  }

  #inherit(branchId: string, epoch: string, heir: string): void {
    const sql = 'UPDATE branch_start SET is_suspect = 0, heir = ? WHERE branch_id = ? AND epoch = ?'
    this.#store.prepare(sql).run(heir, branchId, epoch)
  }

  #settle(branchId: string): void {
    this.#store.prepare('UPDATE branch_start SET is_suspect = 0, heir = NULL WHERE branch_id = ?').run(branchId)
  }

  #kill(branchId: string, epoch: string, after: number): void {
    const sql = 'UPDATE branch_start SET dead_after = ? WHERE branch_id = ? AND epoch = ? AND dead_after IS NULL'
    this.#store.prepare(sql).run(after, branchId, epoch)
    this.#store.prepare('DELETE FROM branch_lineage WHERE branch_id = ? AND epoch = ?').run(branchId, epoch)
  }

  #dead(branchId: string): DeadEpoch[] {
    const sql = `SELECT epoch, dead_after AS afterSeq FROM branch_start WHERE branch_id = ? AND dead_after IS NOT NULL`
    return this.#store.prepare(sql).all(branchId) as DeadEpoch[]
  }

  #row(branchId: string): LinkRow | undefined {
    const sql = `SELECT epoch, witness_epoch AS witnessEpoch, witness_seq AS witnessSeq, is_lost AS isLost
      FROM branch_link WHERE branch_id = ?`
    return this.#store.prepare(sql).get(branchId) as LinkRow | undefined
  }

  #start(branchId: string, epoch: string): KnownStart | undefined {
    const sql = 'SELECT beat, heir FROM branch_start WHERE branch_id = ? AND epoch = ?'
    return this.#store.prepare(sql).get(branchId, epoch) as KnownStart | undefined
  }

  #note(branchId: string, { head, beat, host }: Introduction, nowMs: number): void {
    const sql = `INSERT INTO branch_start VALUES (?, ?, ?, ?, ?, ?, 0, NULL, NULL) ON CONFLICT DO UPDATE SET
      head_seq = excluded.head_seq, beat = excluded.beat, host = excluded.host, heard_at = excluded.heard_at`
    this.#store.prepare(sql).run(branchId, head.epoch, head.seq, beat, host, nowMs)
  }

  /** With it those of the starts that it goes on from are known, which are its beginnings. */
  #noteLineage(branchId: string, epoch: string, lineage: Lineage): void {
    const insert = 'INSERT INTO branch_lineage VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    this.#store.prepare(insert).run(branchId, epoch, JSON.stringify(lineage))
    const drop = this.#store.prepare('DELETE FROM branch_lineage WHERE branch_id = ? AND epoch = ?')
    for (const start of lineage.slice(0, -1)) drop.run(branchId, start.epoch)
  }

  /** What nobody can be told from any more. */
  #forgetEarly(branchId: string, current: string): void {
    const early = `DELETE FROM branch_start WHERE branch_id = ? AND epoch <> ? AND is_suspect = 0 AND heir IS NULL
      AND dead_after IS NULL AND heard_at < (
        SELECT heard_at FROM branch_start WHERE branch_id = ? ORDER BY heard_at DESC LIMIT 1 OFFSET ?)`
    this.#store.prepare(early).run(branchId, current, branchId, STARTS_KEPT - 1)
    const lineages = `DELETE FROM branch_lineage WHERE branch_id = ? AND epoch NOT IN (
      SELECT epoch FROM branch_start WHERE branch_id = ?)`
    this.#store.prepare(lineages).run(branchId, branchId)
  }

  #write(branchId: string, epoch: string, witness: Position, isLost: boolean): void {
    const sql = `INSERT INTO branch_link VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch,
      witness_epoch = excluded.witness_epoch, witness_seq = excluded.witness_seq, is_lost = excluded.is_lost`
    this.#store.prepare(sql).run(branchId, epoch, witness.epoch, witness.seq, isLost ? 1 : 0)
  }
}

/** As `afterSeq`: whoever goes on from such a start at all is dead. */
const NOTHING_SHARED = -1

interface LinkRow {
  epoch: string
  witnessEpoch: string
  witnessSeq: number
  isLost: number
}

interface KnownStart {
  beat: number
  /** The start that took over its mark as a suspect. */
  heir: string | null
}

interface StartRow {
  epoch: string
  host: string
  heardAtMs: number
  isSuspect: number
  deadAfter: number | null
}

function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.seq === b.seq
}

/** A late repeat is read by nobody; who reads this counts from a past of its own. */
function repeated(beat: number, newest: number): OutpostError {
  const what = `heartbeat ${beat} of this start came before, ${newest} was heard already`
  const remedy = 'if the PC was taken back together with its memory, restart its node'
  return new OutpostError('HEARTBEAT_FIRST', `${what}: ${remedy}`)
}

function suspected(branchId: string, why: string): OutpostError {
  return new OutpostError('CLONE_SUSPECTED', `branch "${branchId}" is not let in: ${why}`)
}
