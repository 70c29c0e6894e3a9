/**
 * A process of its own that goes through all orders of a store in one way and says how much memory it held meanwhile:
 * `WAY FOLDER COUNT`. The way `fill` makes the store.
 */
import { collectGarbage } from './collect-garbage.ts'
import { fillStorage } from './fill-storage.ts'
import { outpostPeerWithCache, type OpenRxInstance } from './rx-storage-peer.ts'

export interface Paging {
  /** Documents that were read. */
  readonly documents: number
  /** MB in use after collecting garbage, after each twentieth of the documents: the heap and what it holds outside. */
  readonly heldMb: readonly number[]
}

type Way = (storage: OpenRxInstance, onPage: (documents: number) => void) => Promise<void>

/** UTF-16 units: small, so that it has turned over many times when a run ends. */
const CACHE_LENGTH = 4 * 2 ** 20
const SAMPLES = 20
const PAGE = 1000

const WAYS: Readonly<Record<string, Way>> = {
  'changes-100': (storage, onPage) => pageChanges(storage, 100, onPage),
  'changes-1000': (storage, onPage) => pageChanges(storage, 1000, onPage),
  'index-range': (storage, onPage) => pageByIndex(storage, {}, onPage),
  // A regular expression is RxDB's to decide: the store iterates what the index gives.
  'inexact-range': (storage, onPage) => pageByIndex(storage, { number: { $regex: '^A-' } }, onPage),
  'inexact-whole': async (storage, onPage) => {
    const found = await storage.query({ selector: { number: { $regex: '0000$' } } })
    onPage(found.length)
  },
}

const [way, folder, count] = process.argv.slice(2)
const storage = await outpostPeerWithCache('paged', CACHE_LENGTH).open(folder!)
if (way === 'fill') {
  await fillStorage(storage, { count: Number(count), branchId: 'north', seed: 1, lines: 1 })
} else {
  const paging = await measure(WAYS[way!]!, Math.ceil(Number(count) / SAMPLES))
  process.stdout.write(`${JSON.stringify(paging)}\n`)
}
await storage.close()

async function measure(go: Way, every: number): Promise<Paging> {
  const heldMb: number[] = []
  let documents = 0
  await go(storage, (page) => {
    documents += page
    if (documents >= (heldMb.length + 1) * every) heldMb.push(held())
  })
  return { documents, heldMb: [...heldMb, held()] }
}

function held(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

async function pageChanges(from: OpenRxInstance, limit: number, onPage: (documents: number) => void): Promise<void> {
  for (let checkpoint: unknown; ;) {
    const page = await from.changesSince(checkpoint, limit)
    onPage(page.documents.length)
    if (page.documents.length < limit) return
    checkpoint = page.checkpoint
  }
}

async function pageByIndex(from: OpenRxInstance, and: object, onPage: (documents: number) => void): Promise<void> {
  for (let after = ''; ;) {
    const selector = { placedAt: { $gt: after }, ...and }
    const page = await from.query({ selector, sort: [{ placedAt: 'asc' }], limit: PAGE })
    onPage(page.length)
    if (page.length < PAGE) return
    after = page.at(-1)!['placedAt'] as string
  }
}
