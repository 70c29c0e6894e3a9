/** What is measured of a storage, in the order in which it is measured. */
import { createRandom } from '../../scripts/demo/seeded-random.ts'
import { memberOf, placedAt } from './order-documents.ts'
import { chunks, msSince, timed } from './samples.ts'
import { storageDocuments } from './storage-documents.ts'
import type { DocData, OpenStorage } from './storage-peer.ts'

export interface Phase {
  readonly name: string
  /** Of what a sample is the duration. */
  readonly sampleOf: string
  run(storage: OpenStorage, set: DocumentSet): Promise<Measured>
}

export interface Measured {
  readonly documents: number
  readonly ms: number
  /** Durations, ms. */
  readonly samples: readonly number[]
}

/** The same for all peers of a round; made before anything is timed. */
export interface DocumentSet {
  readonly bulk: readonly DocData[]
  readonly serial: readonly DocData[]
  readonly concurrent: readonly DocData[]
}

const BULK_BATCH = 1000
const SERIAL = 2000
const CONCURRENT = 4000
/** Single inserts that are under way at once. */
const IN_FLIGHT = 100
/** So many that the 99th percentile rests on thirty samples a round. */
const READS = 3000
const RANGE_LIMIT = 50
const CHANGES_PAGE = 100

const SEEDS = { bulk: 1, serial: 2, concurrent: 3, choices: 4 }
const BRANCH = 'north'

export function createDocumentSet(size: number): DocumentSet {
  const orders = (seed: number, count: number) => [...storageDocuments({ count, branchId: BRANCH, seed })]
  return {
    bulk: orders(SEEDS.bulk, size),
    serial: orders(SEEDS.serial, Math.min(SERIAL, size)),
    concurrent: orders(SEEDS.concurrent, Math.min(CONCURRENT, size)),
  }
}

/** UTF-16 units of all documents as JSON. */
export function jsonLength({ bulk, serial, concurrent }: DocumentSet): number {
  return [bulk, serial, concurrent].flat().reduce((length, doc) => length + JSON.stringify(doc).length, 0)
}

export const PHASES: readonly Phase[] = [
  {
    name: 'bulk insert',
    sampleOf: `batch of ${BULK_BATCH}`,
    run: async (storage, { bulk }) => {
      const batches = chunks(bulk, BULK_BATCH)
      const start = process.hrtime.bigint()
      const samples: number[] = []
      for (const batch of batches) samples.push(await timed(() => storage.insert(batch)))
      // RxDB's memory storage indexes the last batch only when somebody reads.
      await storage.findById(bulk.at(-1)!['id'] as string)
      return { documents: bulk.length, ms: msSince(start), samples }
    },
  },
  {
    name: 'serial insert',
    sampleOf: 'document',
    run: async (storage, { serial }) => {
      const samples: number[] = []
      for (const doc of serial) samples.push(await timed(() => storage.insert([doc])))
      return { documents: serial.length, ms: sum(samples), samples }
    },
  },
  {
    name: `concurrent single inserts`,
    sampleOf: `document, ${IN_FLIGHT} in flight`,
    run: async (storage, { concurrent }) => {
      const start = process.hrtime.bigint()
      const samples: number[] = []
      for (const wave of chunks(concurrent, IN_FLIGHT)) {
        await Promise.all(wave.map(async (doc) => void samples.push(await timed(() => storage.insert([doc])))))
      }
      return { documents: concurrent.length, ms: msSince(start), samples }
    },
  },
  reading('find by id', 'document', READS, (storage, { bulk }, choose) =>
    storage.findById(bulk[choose(bulk.length)]!['id'] as string).then((doc) => (doc ? [doc] : [])),
  ),
  reading('indexed equality query', 'query', READS, (storage, { bulk }, choose) =>
    storage.ofMember(memberOf(SEEDS.bulk, choose(Math.ceil(bulk.length / 10)))),
  ),
  reading(`range with sort and limit ${RANGE_LIMIT}`, 'query', READS, (storage, { bulk }, choose) =>
    storage.placedFrom(placedAt(choose(Math.max(1, bulk.length - RANGE_LIMIT))), RANGE_LIMIT),
  ),
  {
    name: 'changes since a checkpoint',
    sampleOf: `page of ${CHANGES_PAGE}`,
    run: async (storage, set) => {
      const samples: number[] = []
      let checkpoint: unknown
      let documents = 0
      for (;;) {
        let page = 0
        samples.push(
          await timed(async () => {
            const changes = await storage.changesSince(checkpoint, CHANGES_PAGE)
            checkpoint = changes.checkpoint
            page = changes.documents.length
          }),
        )
        documents += page
        if (page < CHANGES_PAGE) break
      }
      const expected = set.bulk.length + set.serial.length + set.concurrent.length
      if (documents !== expected) throw new Error(`changes brought ${documents} documents of ${expected}`)
      return { documents, ms: sum(samples), samples }
    },
  },
]

/** @param choose a number below the given one; the same numbers for every peer */
function reading(
  name: string,
  sampleOf: string,
  times: number,
  read: (storage: OpenStorage, set: DocumentSet, choose: (below: number) => number) => Promise<readonly DocData[]>,
): Phase {
  return {
    name,
    sampleOf,
    run: async (storage, set) => {
      const random = createRandom(SEEDS.choices)
      const samples: number[] = []
      let documents = 0
      for (let i = 0; i < Math.min(times, set.bulk.length); i++) {
        let found = 0
        samples.push(await timed(async () => (found = (await read(storage, set, random.below)).length)))
        documents += found
      }
      if (documents === 0) throw new Error(`${name} found nothing`)
      return { documents, ms: sum(samples), samples }
    },
  }
}

function sum(samples: readonly number[]): number {
  return samples.reduce((total, ms) => total + ms, 0)
}
