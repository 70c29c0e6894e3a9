/** What headquarters knows of each branch: whether it may come, and what it said when it last came. */
import { SHARED_SCOPE } from '../schemas/brand.ts'
import type { BranchDocument } from '../schemas/collections/branches.ts'
import { NO_BALANCE, type Balance } from '../schemas/contribution.ts'
import type { Lineage } from '../schemas/lineage.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { BranchKeys, HeartbeatRequest, HeartbeatResponse } from '../schemas/protocol/exchange.ts'
import type { SyncVerdict } from '../schemas/protocol/status.ts'
import { readPublicKeys } from '../adapters/bundle/bundle-keys.ts'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import type { WriteContext } from '../adapters/sqlite/document-table.ts'
import { digestExcept, sameDigest } from '../adapters/exchange/digest-except.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS branch_contact (
  branch_id TEXT PRIMARY KEY, heartbeat_at REAL NOT NULL, request TEXT NOT NULL, verdict TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS branch_key (
  branch_id TEXT NOT NULL, signing TEXT NOT NULL, recipient TEXT NOT NULL, heard_at REAL NOT NULL,
  PRIMARY KEY (branch_id, signing)
) STRICT, WITHOUT ROWID;`

export interface BranchContact {
  readonly heartbeatAtMs: number
  readonly request: HeartbeatRequest
  readonly verdict: SyncVerdict
}

export class BranchRegistry {
  readonly #cloud: CloudSide
  readonly #overdraft: Balance
  readonly #nowMs: () => number

  /** @param overdraft the chain's; branches hear of it with each heartbeat */
  constructor(cloud: CloudSide, nowMs: () => number = Date.now, overdraft: Balance = NO_BALANCE) {
    this.#cloud = cloud
    this.#overdraft = overdraft
    this.#nowMs = nowMs
    cloud.replica.store.ensureTable(TABLE)
  }

  branches(): BranchDocument[] {
    const { store } = this.#cloud.replica
    return store.table('branches').select('deleted = 0', 'ORDER BY id', []) as unknown as BranchDocument[]
  }

  find(branchId: string): BranchDocument | undefined {
    const doc = this.#cloud.replica.store.table('branches').get(branchId)
    return doc && doc['_deleted'] !== true ? (doc as unknown as BranchDocument) : undefined
  }

  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  readonly admit = (branchId: string): BranchDocument => {
    const branch = this.find(branchId)
    if (!branch) throw new OutpostError('BRANCH_UNKNOWN', `headquarters knows no branch "${branchId}"`)
    if (branch.retired === true) throw new OutpostError('BRANCH_RETIRED', `the branch "${branchId}" was retired`)
    if (!branch.enabled) throw new OutpostError('BRANCH_DISABLED', `headquarters has disabled the branch "${branchId}"`)
    return branch
  }

  /**
   * @param saidAt of one that was carried here: when the branch made it, ISO 8601; it says nothing of any later time
   * @throws OutpostError HEARTBEAT_FIRST, CLONE_SUSPECTED
   */
  readonly heartbeat = (branchId: string, request: HeartbeatRequest, saidAt?: string): HeartbeatResponse => {
    const { store, newId } = this.#cloud.replica
    const { links, recovery } = this.#cloud
    const lineage = this.#lineageOf(branchId, request)
    const recover = !this.#cloud.knows(request)
    const nothing = { head: store.head(), priority: 0, level: {} }
    if (!lineage) {
      const documents = this.#documentsFor(branchId)
      return { ...nothing, timeMs: this.#nowMs(), verdict: UNKNOWN, documents }
    }
    const standing = recover ? nothing : this.#cloud.standing(branchId, request)
    // A branch's clock may be ahead.
    const saidMs = Math.min(this.#nowMs(), saidAt === undefined ? Infinity : Date.parse(saidAt) || 0)
    const verdict = recover ? UNKNOWN : this.#compare(branchId, request, standing.priority, saidMs)
    const { lost, refusal } = store.transaction('heartbeat', (write) => {
      const heard = links.hear(branchId, { ...request, epochs: [...lineage] }, this.#nowMs())
      if (heard.refusal) return heard
      const isAmid = !recovery.isRunning && recovery.isOwedBy(branchId)
      if (recover) recovery.begin(branchId, () => newId(9), this.#nowMs())
      // A person has ended it for all others.
      else if (isAmid) recovery.beginFor(branchId, this.activeBranches(), () => newId(9), this.#nowMs())
      else this.#noteReoffered(write, branchId, request)
      const sql = `INSERT INTO branch_contact VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        heartbeat_at = excluded.heartbeat_at, request = excluded.request, verdict = excluded.verdict`
      const { epochs: _, ...told } = request
      store.prepare(sql).run(branchId, saidMs, JSON.stringify(told), JSON.stringify(verdict))
      if (request.keys) this.#noteKeys(branchId, request.keys)
      // A branch that shows digests has no receipts left to send.
      if (request.digests) this.#cloud.deliveries.forgetPassed(branchId, request.positions)
      return heard
    })
    for (const listener of this.#listeners) listener(branchId, saidAt === undefined)
    if (refusal) throw refusal
    const underWay = recovery.current()
    const snapshot = this.#snapshotFor(branchId, request)
    const keys = readPublicKeys(store)
    return {
      ...(lost ? nothing : standing),
      timeMs: this.#nowMs(),
      verdict: lost ? UNKNOWN : verdict,
      overdraft: this.#overdraft,
      documents: this.#documentsFor(branchId),
      knowsStart: true,
      ...((recover || request.cloudEpoch !== store.epoch) && { epochs: [...store.epochs()] }),
      ...(recover && { recover }),
      ...(underWay && { recovery: underWay.name }),
      ...(lost && { lost }),
      ...(snapshot !== undefined && { snapshot }),
      ...(keys && { recipient: keys.recipient }),
    }
  }

  /** Every key that the branch's PCs have named, that of the present one first. */
  keysOf(branchId: string): BranchKeys[] {
    const sql = 'SELECT signing, recipient FROM branch_key WHERE branch_id = ? ORDER BY heard_at DESC'
    return this.#cloud.replica.store.prepare(sql).all(branchId) as BranchKeys[]
  }

  /** Bundles of and for the PCs that have named them are refused until one is heard again. Call inside a transaction. */
  forgetKeys(branchId: string): void {
    this.#cloud.replica.store.prepare('DELETE FROM branch_key WHERE branch_id = ?').run(branchId)
  }

  #noteKeys(branchId: string, { signing, recipient }: BranchKeys): void {
    const sql = `INSERT INTO branch_key VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      recipient = excluded.recipient, heard_at = excluded.heard_at`
    this.#cloud.replica.store.prepare(sql).run(branchId, signing, recipient, this.#nowMs())
  }

  /** The branch is to take everything anew. Call inside a transaction. @returns the name of the snapshot */
  askForSnapshot(branchId: string): string {
    const { store, newId } = this.#cloud.replica
    const name = newId(9)
    store.writeSetting(snapshotSetting(branchId), name)
    return name
  }

  /** Whether the branch has not said yet that it has taken the last one that was asked for. */
  isSnapshotAsked(branchId: string): boolean {
    const asked = this.#cloud.replica.store.readSetting(snapshotSetting(branchId))
    return asked !== undefined && asked !== this.contact(branchId)?.request.snapshotTaken
  }

  #snapshotFor(branchId: string, { snapshotTaken }: HeartbeatRequest): string | undefined {
    const asked = this.#cloud.replica.store.readSetting(snapshotSetting(branchId))
    return asked === snapshotTaken ? undefined : asked
  }

  /** Those that may come and are expected to. */
  activeBranches(): string[] {
    return this.branches().flatMap(({ id, enabled, retired }) => (enabled && retired !== true ? [id] : []))
  }

  /** The seq up to which every active branch has taken a class; 0 while one of them has said nothing or loads. */
  takenUpTo(syncClass: number): number {
    const seqs = this.activeBranches().map((id) => {
      const position = this.contact(id)?.request.positions[syncClass]
      const isTaken = position && position.loading !== true && this.#cloud.replica.store.knowsPosition(position)
      return isTaken ? position.seq : 0
    })
    return Math.min(this.#cloud.replica.store.head().seq, ...seqs)
  }

  #noteReoffered(write: WriteContext, branchId: string, { reoffered }: HeartbeatRequest): void {
    const { recovery } = this.#cloud
    const underWay = recovery.current()
    if (underWay === undefined || reoffered !== underWay.name) return
    recovery.done(branchId)
    if (recovery.waitingFor(this.activeBranches()).length === 0) recovery.end(write)
  }

  #documentsFor(branchId: string): Record<string, number> {
    const { store } = this.#cloud.replica
    const count = (name: string, scope: string) => store.digest(name, scope).documents
    return Object.fromEntries(
      store.declarations.map(({ name }) => [name, count(name, SHARED_SCOPE) + count(name, branchId)]),
    )
  }

  contact(branchId: string): BranchContact | undefined {
    const sql = 'SELECT heartbeat_at AS at, request, verdict FROM branch_contact WHERE branch_id = ?'
    const row = this.#cloud.replica.store.prepare(sql).get(branchId) as
      | { at: number; request: string; verdict: string }
      | undefined
    if (!row) return undefined
    const told = JSON.parse(row.request) as Omit<HeartbeatRequest, 'epochs'>
    const epochs = [...(this.#cloud.links.lineage(branchId, told.head.epoch) ?? [])]
    const verdict = JSON.parse(row.verdict) as SyncVerdict
    return { heartbeatAtMs: row.at, request: { ...told, epochs }, verdict }
  }

  /** As the heartbeat tells it, or one before it. */
  #lineageOf(branchId: string, { head, epochs }: HeartbeatRequest): Lineage | undefined {
    return epochs.length > 0 ? epochs : this.#cloud.links.lineage(branchId, head.epoch)
  }

  /** @param listener hears too whether the branch is there, or somebody has carried its heartbeat here */
  onHeartbeat(listener: (branchId: string, isThere: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly #listeners = new Set<(branchId: string, isThere: boolean) => void>()

  /** Only two stores that both stand still can be compared. */
  #compare(branchId: string, request: HeartbeatRequest, priority: number, saidMs: number): SyncVerdict {
    const checkedAt = new Date(saidMs).toISOString()
    if (priority > 0 || request.figures.backlog.documents > 0) return { state: 'behind', checkedAt }
    // It may have receipts left, or more exceptions than it can name.
    if (!request.digests) return { state: 'unknown', checkedAt }
    const { store } = this.#cloud.replica
    const except = request.except ?? []
    const agree = store.declarations.every(({ name }) =>
      Object.entries(request.digests![name] ?? {}).every(([scope, theirs]) =>
        sameDigest(digestExcept(store, name, scope, except), theirs),
      ),
    )
    const complete = store.declarations.every(({ name }) => {
      const scopes = Object.keys(request.digests![name] ?? {})
      return scopes.length === 2 && scopes.includes(SHARED_SCOPE) && scopes.includes(branchId)
    })
    if (!complete) return { state: 'unknown', checkedAt }
    return { state: agree ? 'in-sync' : 'differs', checkedAt }
  }
}

const UNKNOWN: SyncVerdict = { state: 'unknown' }

function snapshotSetting(branchId: string): string {
  return `snapshot of ${branchId}`
}
