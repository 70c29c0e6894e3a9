/**
 * The branches as the status shows them. It is asked for four times a second while somebody looks, for hundreds of
 * branches: a row is made anew only after something of its branch has changed, and what costs most, counting what waits
 * for a branch, never takes longer than a moment at once.
 */
import { SHARED_SCOPE } from '../schemas/brand.ts'
import type { BranchDocument } from '../schemas/collections/branches.ts'
import { freshVerdict } from '../schemas/fresh-verdict.ts'
import type { BranchPresence } from '../adapters/http/branch-presence.ts'
import type { BranchPc, BranchRow, SyncVerdict } from '../schemas/protocol/status.ts'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import { NO_ORIGIN, scopesOf } from '../adapters/exchange/replica.ts'
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
  readonly contact: BranchContact | undefined
  readonly row: Omit<BranchRow, 'link' | 'toFetch' | 'loading' | 'unconfirmed' | 'verdict' | 'documents'>
  readonly here: number
  /** Something of it has changed: it is made anew with the next look. */
  isOld: boolean
  counted: Counted | undefined
  /** Something may have come for it since it was counted. */
  isStale: boolean
}

/** What takes a while to find out. */
interface Counted extends Pick<BranchRow, 'toFetch' | 'loading' | 'unconfirmed'> {
  /** By `performance.now()`. */
  readonly atMs: number
}

export class BranchRows {
  readonly #cloud: CloudSide
  readonly #registry: BranchRegistry
  readonly #stats: BranchStats
  readonly #presence: BranchPresence
  readonly #cached = new Map<string, Cached>()
  readonly #listeners = new Set<() => void>()
  #branches: readonly BranchDocument[] | undefined
  #rest: NodeJS.Timeout | undefined

  constructor(cloud: CloudSide, registry: BranchRegistry, stats: BranchStats, presence: BranchPresence) {
    this.#cloud = cloud
    this.#registry = registry
    this.#stats = stats
    this.#presence = presence
    registry.onHeartbeat((branchId) => this.forget(branchId))
    stats.onNote((branchId) => this.forget(branchId))
    presence.onChange(() => this.#tell())
    cloud.replica.store.onCommit(({ changes }) => {
      let isShared = false
      for (const { table, scope } of changes) {
        if (table.name === 'branches') this.#branches = undefined
        if (scope === SHARED_SCOPE) isShared = true
        else this.#age(scope)
      }
      if (isShared) for (const cached of this.#cached.values()) cached.isStale = cached.contact !== undefined
    })
  }

  /** @param mirrorRows of a branch in the mirror; `undefined` while nobody has counted */
  all(mirrorRows: (branchId: string) => number | undefined): BranchRow[] {
    this.#branches ??= this.#registry.branches()
    const found = this.#branches.map((branch) => this.#find(branch))
    this.#count(found)
    return found.map((cached) => this.#row(cached, mirrorRows(cached.row.id)))
  }

  one(branch: BranchDocument, mirrorRows: number | undefined): BranchRow {
    const cached = this.#find(branch)
    this.#count([cached])
    return this.#row(cached, mirrorRows)
  }

  /** Something was done to a branch that no document tells. */
  forget(branchId: string): void {
    this.#age(branchId)
    this.#tell()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #age(branchId: string): void {
    const cached = this.#cached.get(branchId)
    if (cached) cached.isOld = true
  }

  #find(branch: BranchDocument): Cached {
    const known = this.#cached.get(branch.id)
    if (known && !known.isOld) return known
    const made = this.#make(branch, known?.counted)
    this.#cached.set(branch.id, made)
    return made
  }

  #make(branch: BranchDocument, counted: Counted | undefined): Cached {
    const { id, name, enabled, retired } = branch
    const { store } = this.#cloud.replica
    const { links } = this.#cloud
    let here = 0
    for (const declaration of store.declarations) {
      if (declaration.mirror && declaration.name !== 'branches') here += store.digest(declaration.name, id).documents
    }
    const contact = this.#registry.contact(id)
    const [stats] = this.#stats.days(id, 1)
    const row = {
      id,
      name,
      enabled,
      ...(retired === true && { retired }),
      ...(contact && reportOf(contact)),
      ...(links.isSuspected(id) && { suspected: this.#suspects(id) }),
      ...(links.isRestored(id) && { restored: true }),
      ...(stats && { stats }),
    }
    return { contact, row, here, isOld: false, counted, isStale: contact !== undefined }
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
      for (const scope of scopesOf(id)) {
        of += store.digest(name, scope).documents
        missing += store.table(name).countOfScope(scope, after, NO_ORIGIN, LOADING_LIMIT)
      }
    }
    return missing > 0 ? { here: Math.max(0, of - missing), of } : undefined
  }

  #count(rows: readonly Cached[]): void {
    const now = performance.now()
    const isDue = ({ isStale, counted }: Cached) =>
      isStale || (counted?.loading && now - counted.atMs > LOADING_PAUSE_MS)
    const due = rows.filter(isDue).toSorted((a, b) => (a.counted?.atMs ?? 0) - (b.counted?.atMs ?? 0))
    for (const cached of due) {
      if (performance.now() - now > COUNT_MS) {
        this.#tellOfRest()
        return
      }
      const { row, contact } = cached
      const loading = this.#loading(row.id, contact!)
      cached.counted = {
        toFetch: this.#cloud.countNews(row.id, contact!.request, COUNT_LIMIT),
        ...(loading && { loading }),
        unconfirmed: this.#cloud.deliveries.unconfirmed(row.id),
        atMs: performance.now(),
      }
      cached.isStale = false
    }
  }

  #tellOfRest(): void {
    if (this.#rest) return
    this.#rest = setTimeout(() => {
      this.#rest = undefined
      this.#tell()
    }, REST_PAUSE_MS).unref()
  }

  #row({ contact, row, here, counted, isStale }: Cached, mirror: number | undefined): BranchRow {
    const documents = { here, ...(mirror !== undefined && { mirror }) }
    const link = this.#presence.of(row.id)
    const known = { ...row, ...(link && { link }) }
    if (!contact) return { ...known, verdict: { state: 'unknown' }, documents }
    const { atMs: _, ...figures } = counted ?? { atMs: 0 }
    const verdict = freshVerdict(contact.verdict, this.#cloud.replica.clock.wallMs())
    return { ...known, ...figures, verdict: passedBy(verdict, counted?.toFetch ?? 0, isStale), documents }
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
