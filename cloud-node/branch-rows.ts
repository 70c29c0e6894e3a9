/**
 * The branches as the status shows them. It is asked for four times a second while somebody looks, for hundreds of
 * branches: a row is made anew only after something of its branch has changed, and what costs most, counting what waits
 * for a branch, never takes longer than a moment at once.
 */
import { SHARED_SCOPE } from '../schemas/brand.ts'
import type { BranchDocument } from '../schemas/collections/branches.ts'
import { freshVerdict } from '../schemas/fresh-verdict.ts'
import type { BranchPc, BranchRow, SyncVerdict } from '../schemas/protocol/status.ts'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import type { BranchContact, BranchRegistry } from './branch-registry.ts'
import type { BranchStats } from './branch-stats.ts'

/** Counting further would only slow the page down. */
const COUNT_LIMIT = 10_000
const LOADING_LIMIT = 200_000
/** Of counting, for one look; what is left follows with the next. */
const COUNT_MS = 25
const REST_PAUSE_MS = 250
/** A branch that loads moves with every page, which nobody tells of. */
const LOADING_PAUSE_MS = 1000

interface Cached {
  readonly branch: BranchDocument
  readonly contact: BranchContact | undefined
  readonly row: Omit<BranchRow, 'toFetch' | 'verdict' | 'documents'>
  readonly here: number
  toFetch: number
  /** Something may have come for it since it was counted. */
  isStale: boolean
  countedAt: number
  /** When it is to be made anew, whatever happens; by `performance.now()`. */
  readonly until: number
}

export class BranchRows {
  readonly #cloud: CloudSide
  readonly #registry: BranchRegistry
  readonly #stats: BranchStats
  readonly #cached = new Map<string, Cached>()
  readonly #listeners = new Set<() => void>()
  #branches: readonly BranchDocument[] | undefined
  #rest: NodeJS.Timeout | undefined

  constructor(cloud: CloudSide, registry: BranchRegistry, stats: BranchStats) {
    this.#cloud = cloud
    this.#registry = registry
    this.#stats = stats
    registry.onHeartbeat((branchId) => this.forget(branchId))
    stats.onNote((branchId) => this.forget(branchId))
    cloud.replica.store.onCommit(({ changes }) => {
      let isShared = false
      for (const { table, scope } of changes) {
        if (table.name === 'branches') this.#branches = undefined
        if (scope === SHARED_SCOPE) isShared = true
        else this.#cached.delete(scope)
      }
      if (isShared) for (const cached of this.#cached.values()) cached.isStale = cached.contact !== undefined
    })
  }

  /** @param mirrorRows of a branch in the mirror; `undefined` while nobody has counted */
  all(mirrorRows: (branchId: string) => number | undefined): BranchRow[] {
    this.#branches ??= this.#registry.branches()
    const found = this.#branches.map((branch) => this.#find(branch))
    this.#count(found)
    return found.map((cached) => this.#row(cached, mirrorRows(cached.branch.id)))
  }

  one(branch: BranchDocument, mirrorRows: number | undefined): BranchRow {
    const cached = this.#find(branch)
    this.#count([cached])
    return this.#row(cached, mirrorRows)
  }

  /** Something was done to a branch that no document tells. */
  forget(branchId: string): void {
    this.#cached.delete(branchId)
    this.#tell()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #find(branch: BranchDocument): Cached {
    const known = this.#cached.get(branch.id)
    if (known && known.until > performance.now()) return known
    const made = this.#make(branch)
    this.#cached.set(branch.id, made)
    return made
  }

  #make(branch: BranchDocument): Cached {
    const { id, name, enabled, retired } = branch
    const { store } = this.#cloud.replica
    const { deliveries, links } = this.#cloud
    let here = 0
    for (const declaration of store.declarations) {
      if (declaration.mirror && declaration.name !== 'branches') here += store.digest(declaration.name, id).documents
    }
    const contact = this.#registry.contact(id)
    const loading = contact && this.#loading(id, contact)
    const [stats] = this.#stats.days(id, 1)
    const row = {
      id,
      name,
      enabled,
      ...(retired === true && { retired }),
      ...(contact && reportOf(contact)),
      ...(links.isSuspected(id) && { suspected: this.#suspects(id) }),
      ...(links.isRestored(id) && { restored: true }),
      ...(loading && { loading }),
      unconfirmed: deliveries.unconfirmed(id),
      ...(stats && { stats }),
    }
    const until = loading ? performance.now() + LOADING_PAUSE_MS : Infinity
    return { branch, contact, row, here, toFetch: 0, isStale: contact !== undefined, countedAt: 0, until }
  }

  #suspects(id: string): BranchPc[] {
    const suspects = this.#cloud.links.starts(id).filter(({ isSuspect }) => isSuspect)
    return suspects.map(({ epoch, host, heardAtMs }) => ({ epoch, host, heardAt: new Date(heardAtMs).toISOString() }))
  }

  /** Where nothing of a class was taken yet, or only a part of its first load. */
  #loading(id: string, { heartbeatAtMs, request }: BranchContact): BranchRow['loading'] {
    const { store } = this.#cloud.replica
    const handed = new Map(this.#cloud.deliveries.handed(id).map((one) => [one.class, one]))
    let [of, missing] = [0, 0]
    for (const { name, syncClass } of store.declarations) {
      const position = request.positions[syncClass]
      if ((position && position.loading !== true) || !request.collections.includes(name)) continue
      const page = handed.get(syncClass)
      const after = page && page.atMs > heartbeatAtMs ? page.upTo : (position?.seq ?? 0)
      for (const scope of [SHARED_SCOPE, id]) {
        of += store.digest(name, scope).documents
        missing += store.table(name).countOfScope(scope, after, NO_ORIGIN, LOADING_LIMIT)
      }
    }
    return missing > 0 ? { here: Math.max(0, of - missing), of } : undefined
  }

  #count(rows: readonly Cached[]): void {
    const end = performance.now() + COUNT_MS
    const stale = rows.filter(({ isStale }) => isStale).toSorted((a, b) => a.countedAt - b.countedAt)
    for (const cached of stale) {
      if (performance.now() > end) {
        this.#tellOfRest()
        return
      }
      cached.toFetch = this.#cloud.countNews(cached.branch.id, cached.contact!.request, COUNT_LIMIT)
      cached.isStale = false
      cached.countedAt = performance.now()
    }
  }

  #tellOfRest(): void {
    if (this.#rest) return
    this.#rest = setTimeout(() => {
      this.#rest = undefined
      this.#tell()
    }, REST_PAUSE_MS).unref()
  }

  #row({ contact, row, here, toFetch, isStale }: Cached, mirror: number | undefined): BranchRow {
    const documents = { here, ...(mirror !== undefined && { mirror }) }
    if (!contact) return { ...row, toFetch, verdict: { state: 'unknown' }, documents }
    const verdict = freshVerdict(contact.verdict, this.#cloud.replica.clock.wallMs())
    return { ...row, toFetch, verdict: passedBy(verdict, toFetch, isStale), documents }
  }
}

/** What was equal at the last heartbeat is no longer, once headquarters has something new for the branch. */
function passedBy(verdict: SyncVerdict, toFetch: number, isStale: boolean): SyncVerdict {
  if (verdict.state !== 'in-sync') return verdict
  if (toFetch > 0) return { ...verdict, state: 'behind' }
  return isStale ? { ...verdict, state: 'unknown' } : verdict
}

function reportOf({ heartbeatAtMs, request }: BranchContact): Pick<BranchRow, 'lastHeartbeatAt' | 'reported'> {
  const { figures, version, host } = request
  return {
    lastHeartbeatAt: new Date(heartbeatAtMs).toISOString(),
    reported: { ...figures, version, host } as NonNullable<BranchRow['reported']>,
  }
}

/** No branch id has a space. */
const NO_ORIGIN = ' '
