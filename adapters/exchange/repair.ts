/**
 * Reconciliation: finds the documents that a branch and headquarters hold differently although nothing is pending, and lets
 * the exchange carry exactly those. What differs here is offered again, what is missing here is asked for; merging does
 * the rest, so whatever is found by mistake does no harm.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { DigestsRequest, DigestsResponse } from '../../schemas/protocol/exchange.ts'
import { bucketOf, type Digest } from '../sqlite/digest-ledger.ts'
import { ROW_STATE } from '../sqlite/document-row.ts'
import type { BranchSide } from './branch-side.ts'
import { sameDigest } from './digest-except.ts'
import { declarationOf, scopesOf } from './replica.ts'

/** Asks headquarters. */
export type Compare = (request: DigestsRequest) => Promise<DigestsResponse>

export interface Repaired {
  /** Documents that are offered again. */
  readonly offered: number
  /** Documents that are asked for. */
  readonly wanted: number
}

/**
 * @param onProgress hears the documents that were compared so far
 * @throws whatever `compare` throws: what was found until then is kept
 */
export async function repair(
  branch: BranchSide,
  compare: Compare,
  signal: AbortSignal,
  onProgress: (compared: number) => void = () => undefined,
): Promise<Repaired> {
  const { store } = branch.replica
  let [offered, wanted, compared] = [0, 0, 0]
  for (const { name: collection } of store.declarations) {
    for (const scope of scopesOf(branch.branchId)) {
      const theirs = await bucketsThere(branch, compare, collection, scope)
      if (!theirs) break
      for (const some of inPasses(differing(store.digestBuckets(collection, scope), theirs))) {
        signal.throwIfAborted()
        const there = await listThere(branch, compare, collection, scope, some, signal)
        const here = await listHere(branch, collection, scope, new Set(some), signal)
        compared += Math.max(there.size, here.size)
        onProgress(compared)
        const found = await noteDifferences(branch, collection, here, there, signal)
        offered += found.offered
        wanted += found.wanted
      }
    }
  }
  return { offered, wanted }
}

const NOTHING: Digest = { documents: 0, sum: 0 }
type Bucket = Digest & { readonly number: number }

/** Pure: the buckets that differ, each with the documents that it holds at most. */
export function differing(ours: readonly Bucket[], theirs: readonly Bucket[]): { number: number; documents: number }[] {
  const [mine, other] = [ours, theirs].map((all) => new Map(all.map((bucket) => [bucket.number, bucket]))) as [
    Map<number, Bucket>,
    Map<number, Bucket>,
  ]
  return [...new Set([...mine.keys(), ...other.keys()])]
    .toSorted((a, b) => a - b)
    .flatMap((number) => {
      const [here, there] = [mine.get(number) ?? NOTHING, other.get(number) ?? NOTHING]
      return sameDigest(here, there) ? [] : { number, documents: Math.max(here.documents, there.documents) }
    })
}

/** Pure: so many buckets at a time that their documents fit into memory; one at least. */
export function inPasses(buckets: readonly { number: number; documents: number }[]): number[][] {
  const passes: number[][] = []
  let documents = Number.POSITIVE_INFINITY
  for (const bucket of buckets) {
    if (documents + bucket.documents > MAX_IN_MEMORY) {
      passes.push([])
      documents = 0
    }
    passes.at(-1)!.push(bucket.number)
    documents += bucket.documents
  }
  return passes
}

/** Documents of one pass: some 10 MB on each side. */
const MAX_IN_MEMORY = 50_000
/** Rows that are read at once: some 10 ms in which nobody at the branch is served. */
const PAGE = 2000
/** Differences that are noted in one transaction: some 20 ms. */
const NOTED = 500

/** @returns `undefined` of a collection that headquarters does not have: that is nobody's fault */
async function bucketsThere(
  branch: BranchSide,
  compare: Compare,
  collection: string,
  scope: string,
): Promise<readonly Bucket[] | undefined> {
  try {
    const { buckets = [] } = await compare({ ...branch.standpoint(), collection, scope })
    return buckets
  } catch (error) {
    if (error instanceof OutpostError && error.code === 'COLLECTION_UNKNOWN') return undefined
    throw error
  }
}

async function listThere(
  branch: BranchSide,
  compare: Compare,
  collection: string,
  scope: string,
  buckets: readonly number[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let after: number | undefined = 0; after !== undefined;) {
    signal.throwIfAborted()
    const documents = { buckets: [...buckets], after }
    const answer = await compare({ ...branch.standpoint(), collection, scope, documents })
    for (const { id, hash } of answer.documents ?? []) found.set(id, hash)
    after = answer.after
  }
  return found
}

/** What is written meanwhile comes later in the scope once more. */
async function listHere(
  { replica }: BranchSide,
  collection: string,
  scope: string,
  buckets: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let after: number | undefined = 0; after !== undefined;) {
    const { documents, lastSeq } = replica.store.table(collection).hashesAfter(scope, after, PAGE)
    for (const { id, hash } of documents) if (buckets.has(bucketOf(id))) found.set(id, hash)
    after = lastSeq
    await nextTurn()
    signal.throwIfAborted()
  }
  return found
}

async function noteDifferences(
  branch: BranchSide,
  collection: string,
  here: ReadonlyMap<string, number>,
  there: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<Repaired> {
  const ids = [...new Set([...here.keys(), ...there.keys()])].filter((id) => here.get(id) !== there.get(id))
  let [offered, wanted] = [0, 0]
  for (let start = 0; start < ids.length; start += NOTED) {
    signal.throwIfAborted()
    const found = noteSome(branch, collection, ids.slice(start, start + NOTED), there)
    offered += found.offered
    wanted += found.wanted
    await nextTurn()
  }
  return { offered, wanted }
}

function noteSome(
  branch: BranchSide,
  collection: string,
  ids: readonly string[],
  there: ReadonlyMap<string, number>,
): Repaired {
  const { store } = branch.replica
  const table = store.table(collection)
  const isTheirs = declarationOf(branch.replica, collection).direction === 'down'
  let [offered, wanted] = [0, 0]
  store.transaction('repair', (write) => {
    for (const id of ids) {
      const row = table.row(id)
      if (row && isTheirs && there.has(id)) {
        // Headquarters' word: what is here gives way to it, and is not merged.
        branch.discards.note(collection, id, row.seq)
        branch.wantedHere.add({ collection, id })
        wanted += 1
      } else if (!row) {
        branch.wantedHere.add({ collection, id })
        wanted += 1
      } else if (row.state === ROW_STATE.clean && table.settle(write, id, row.seq, ROW_STATE.dirty)) offered += 1
    }
  })
  return { offered, wanted }
}
