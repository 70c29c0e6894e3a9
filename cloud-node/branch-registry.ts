/** What headquarters knows of each branch: whether it may come, and what it said when it last came. */
import type { BranchDocument } from '../schemas/collections/branches.ts'
import { NO_BALANCE, type Balance } from '../schemas/contribution.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../schemas/protocol/exchange.ts'
import type { SyncVerdict } from '../schemas/protocol/status.ts'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import type { Digest } from '../adapters/sqlite/digest-ledger.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS branch_contact (
  branch_id TEXT PRIMARY KEY, heartbeat_at REAL NOT NULL, request TEXT NOT NULL, verdict TEXT NOT NULL
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

  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_DISABLED */
  readonly admit = (branchId: string): BranchDocument => {
    const branch = this.find(branchId)
    if (!branch) throw new OutpostError('BRANCH_UNKNOWN', `headquarters knows no branch "${branchId}"`)
    if (!branch.enabled) throw new OutpostError('BRANCH_DISABLED', `headquarters has disabled the branch "${branchId}"`)
    return branch
  }

  readonly heartbeat = (branchId: string, request: HeartbeatRequest): HeartbeatResponse => {
    const { store } = this.#cloud.replica
    const standing = this.#cloud.standing(branchId, request)
    const verdict = this.#compare(branchId, request, standing.priority)
    store.transaction('heartbeat', () => {
      const sql = `INSERT INTO branch_contact VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        heartbeat_at = excluded.heartbeat_at, request = excluded.request, verdict = excluded.verdict`
      store.prepare(sql).run(branchId, this.#nowMs(), JSON.stringify(request), JSON.stringify(verdict))
    })
    for (const listener of this.#listeners) listener()
    return { ...standing, timeMs: this.#nowMs(), verdict, overdraft: this.#overdraft }
  }

  contact(branchId: string): BranchContact | undefined {
    const sql = 'SELECT heartbeat_at AS at, request, verdict FROM branch_contact WHERE branch_id = ?'
    const row = this.#cloud.replica.store.prepare(sql).get(branchId) as
      | { at: number; request: string; verdict: string }
      | undefined
    return (
      row && {
        heartbeatAtMs: row.at,
        request: JSON.parse(row.request) as HeartbeatRequest,
        verdict: JSON.parse(row.verdict) as SyncVerdict,
      }
    )
  }

  onHeartbeat(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly #listeners = new Set<() => void>()

  /** Only two stores that both stand still can be compared. */
  #compare(branchId: string, request: HeartbeatRequest, priority: number): SyncVerdict {
    const checkedAt = new Date(this.#nowMs()).toISOString()
    if (!request.digests || priority > 0) return { state: 'behind', checkedAt }
    const { store } = this.#cloud.replica
    const agree = store.declarations.every(({ name }) =>
      Object.entries(request.digests![name] ?? {}).every(([scope, theirs]) =>
        sameDigest(store.digest(name, scope), theirs),
      ),
    )
    const complete = store.declarations.every(({ name }) => {
      const scopes = Object.keys(request.digests![name] ?? {})
      return scopes.length === 2 && scopes.includes('shared') && scopes.includes(branchId)
    })
    if (!complete) return { state: 'unknown', checkedAt }
    return { state: agree ? 'in-sync' : 'differs', checkedAt }
  }
}

function sameDigest(a: Digest, b: Digest): boolean {
  return a.documents === b.documents && a.sum === b.sum
}
