/** What really is: read from the stores' tables, and known of the world, by nothing of what makes claims. */
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { REPLICATED_DATABASE } from '../../adapters/sqlite/layout.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../../schemas/protocol/exchange.ts'

export interface Held {
  readonly collection: string
  readonly syncClass: number
  readonly id: string
  readonly seq: number
  /** The seq with which it became pending; 0 where it is not. */
  readonly pending: number
  readonly state: number
  readonly isLive: boolean
  readonly scope: string
  readonly origin: string
  /** What the other side should hold too. */
  readonly content: string
}

/** Everything that a store holds, by collection and id. */
export type Holding = ReadonlyMap<string, Held>

interface StoredRow {
  readonly id: string
  readonly seq: number
  readonly pending: number
  readonly deleted: number
  readonly state: number
  readonly origin: string
  readonly doc: string
}

interface Read {
  readonly changes: number
  readonly holding: ReadonlyMap<string, Held & { readonly text: string }>
}

const read = new WeakMap<Store, Read>()

/** Whoever changes something below Outpost does it while the store is closed. */
export function holdingOf(store: Store): Holding {
  const changes = store.prepare('SELECT total_changes()').pluck().get() as number
  const known = read.get(store)
  if (known?.changes === changes) return known.holding
  const holding = new Map<string, Held & { readonly text: string }>()
  for (const declaration of store.declarations) {
    const { name: collection, syncClass, schema } = declaration
    const ofTable = 'SELECT number FROM storage_key WHERE database = ? AND collection = ? AND version = ?'
    const number = store.prepare(ofTable).pluck().get(REPLICATED_DATABASE, collection, schema.version) as number
    const sql = `SELECT id, seq, pending, deleted, state, origin, doc FROM documents_${number}`
    for (const row of store.prepare(sql).all() as StoredRow[]) {
      const { id, seq, pending, state, origin, doc: text } = row
      const key = `${collection}/${id}`
      const before = known?.holding.get(key)
      const { scope, content } = before?.text === text ? before : contentOf(declaration, text)
      const isLive = row.deleted === 0
      holding.set(key, { collection, syncClass, id, seq, pending, state, isLive, origin, scope, content, text })
    }
  }
  read.set(store, { changes, holding })
  return holding
}

function contentOf(declaration: CollectionDeclaration, text: string): Pick<Held, 'scope' | 'content'> {
  const doc = JSON.parse(text) as Doc
  return { scope: scopeOf(declaration, doc), content: canonicalJson(replicatedState(doc)) }
}

export function isInScope({ scope }: Held, branchId: string): boolean {
  return scope === SHARED_SCOPE || scope === branchId
}

/** Documents of a branch's scope that one side holds otherwise than the other, but for those that are told as exceptions. */
export function differences(here: Holding, there: Holding, branchId: string, except: ReadonlySet<string>): string[] {
  const found: string[] = []
  const said = (held: Held | undefined) =>
    held?.isLive === true && isInScope(held, branchId) ? held.content : undefined
  for (const key of new Set([...here.keys(), ...there.keys()])) {
    if (!except.has(key) && said(here.get(key)) !== said(there.get(key))) found.push(key)
  }
  return found
}

/** What a branch's store has still to send. */
export function pendingIn(holding: Holding): Held[] {
  return [...holding.values()].filter(({ state }) => state === ROW_STATE.dirty || state === ROW_STATE.retry)
}

interface ExceptionCounts {
  /** Wait for a person. */
  readonly parked: number
  /** Are tried again by themselves. */
  readonly waiting: number
  readonly parkedKeys: ReadonlySet<string>
  readonly waitingKeys: ReadonlySet<string>
}

const TRIES = 3

export function exceptionsIn(store: Store, branchId?: string): ExceptionCounts {
  const sql = 'SELECT collection, document_id AS id, tries FROM exception WHERE ? IS NULL OR branch_id = ?'
  const rows = store.prepare(sql).all(branchId ?? null, branchId ?? null) as {
    collection: string
    id: string
    tries: number
  }[]
  const keys = (isParked: boolean) =>
    rows.flatMap(({ collection, id, tries }) => (tries >= TRIES === isParked ? [`${collection}/${id}`] : []))
  const [parked, waiting] = [keys(true), keys(false)]
  return {
    parked: parked.length,
    waiting: waiting.length,
    parkedKeys: new Set(parked),
    waitingKeys: new Set(waiting),
  }
}

/** As headquarters' store has it. */
export function branchDocument(store: Store, id: string): { enabled?: unknown; retired?: unknown } {
  const held = holdingOf(store).get(`branches/${id}`)
  return held ? (JSON.parse(held.content) as { enabled?: unknown; retired?: unknown }) : {}
}

/** PCs that say that they are a branch, where there are two. */
export function suspectsOf(store: Store, branchId: string): number {
  const sql = 'SELECT count(*) FROM branch_start WHERE branch_id = ? AND is_suspect = 1'
  return store.prepare(sql).pluck().get(branchId) as number
}

/** A heartbeat that headquarters has taken, with what was so then. */
export interface Contact {
  readonly sentMs: number
  readonly atMs: number
  /** Headquarters' newest seq. */
  readonly seq: number
  readonly request: HeartbeatRequest
  readonly verdict: HeartbeatResponse['verdict']
  /** Documents that the branch held otherwise than headquarters. */
  readonly different: readonly string[]
  readonly isTampered: boolean
  readonly pending: number
  readonly parked: number
  readonly waiting: number
  /** Of the PC's clock. */
  readonly offsetMs: number
}

/** How far a figure of time may be from what is so: requests are under way. */
export const TRAVEL_MS = 10_000
