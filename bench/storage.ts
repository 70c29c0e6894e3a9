/**
 * RxDB storages and raw SQLite on the same documents in one run. Every round opens all of them empty and goes through
 * the phases with one peer after the other, so that whatever else the machine does hits them alike; a first round that
 * warms all of them up is not counted. Names that end in `full` are durable: WAL with `synchronous=FULL` on the disk of
 * the work folder; memory and dexie (on fake-indexeddb) keep everything in memory. `outpost-full` is the store of a
 * branch, `outpost-alone-full` the same without what is kept for replication.
 *
 * A store keeps documents parsed that it has written or read, 32 Mi UTF-16 units of JSON unless told otherwise. The
 * 20,000 orders of a run fit (the figure `JSON of all documents` says how they do), so every read of `outpost-full` finds its
 * documents parsed, as it does in RxDB's memory storage, and pays for that with the memory that `RSS outpost-full`
 * shows. `outpost-uncached-full` has no such cache: that is what readers get whose documents are many more than fit. Ratios are
 * of speed: above 1, Outpost is the faster one.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { collectGarbage } from './support/collect-garbage.ts'
import { fillStorage } from './support/fill-storage.ts'
import { outpostPeer, RX_STORAGE_PEERS } from './support/rx-storage-peer.ts'
import { runBenchmark, type BenchmarkRun } from './support/run-benchmark.ts'
import { runScriptFile } from './support/run-script-file.ts'
import { median, pairedRatio, percentile, rotated } from './support/samples.ts'
import type { MemoryUse } from './support/storage-memory-use.ts'
import type { Opening } from './support/storage-opening.ts'
import type { OpenStorage, StoragePeer } from './support/storage-peer.ts'
import { STORAGE_PEERS } from './support/storage-peers.ts'
import { createDocumentSet, jsonLength, PHASES, type Measured } from './support/storage-phases.ts'
import type { RxdbTimes } from './support/storage-rxdb-test.ts'

export const description =
  "RxStorage on SQLite (WAL, synchronous=FULL) beside RxDB's memory and Dexie storages and raw better-sqlite3"

const ROUNDS = 3
const WARM_UP = 2000
/** How much larger the store is that is only opened: a million for 20,000. */
const LARGE = 50
const MILLION = 1_000_000
const OPENINGS = 3
/** The levels of `PRAGMA synchronous`, by their number. */
const SYNCHRONOUS = ['OFF', 'NORMAL', 'FULL', 'EXTRA']
/** RxDB's own test: as many documents as it takes by itself, an eighth of its runs. */
const RXDB_TEST = { documents: 3000, runs: 5, batches: 6 }
const SAID_EVERY = 100_000

/** By `phase/peer`, one entry a round. */
type Results = Map<string, Measured[]>

await runBenchmark(import.meta.url, 20_000, async (run) => {
  await measureMemory(run)
  const results: Results = new Map()
  for (let round = -1; round < ROUNDS; round++) await measureRound(run, round, results)
  reportPhases(run, results)
  await measureByRxdbTest(run)
  await measureOpening(run)
})

/** Round −1 warms up and is not counted. */
async function measureRound({ size, folder, report, say }: BenchmarkRun, round: number, results: Results) {
  const warmUp = round < 0
  say(warmUp ? 'warming up' : `round ${round + 1} of ${ROUNDS}`)
  const set = createDocumentSet(warmUp ? Math.min(WARM_UP, size) : size)
  const roundFolder = join(folder, `round${round}`)
  if (!warmUp) report.figure('JSON of all documents', jsonLength(set) / 2 ** 20, 'Mi UTF-16 units; the cache takes 32')
  const open: { peer: StoragePeer; storage: OpenStorage }[] = []
  for (const peer of STORAGE_PEERS) {
    open.push({ peer, storage: await peer.open(join(roundFolder, peer.name)) })
  }
  for (const phase of PHASES) {
    for (const { peer, storage } of rotated(open, Math.max(0, round))) {
      collectGarbage()
      const measured = await phase.run(storage, set)
      if (warmUp) continue
      say(`  ${phase.name}, ${peer.name}: ${Math.round(perSecond(measured)).toLocaleString('en')} documents/s`)
      const key = `${phase.name}/${peer.name}`
      results.set(key, [...(results.get(key) ?? []), measured])
    }
  }
  for (const { peer, storage } of open) {
    const level = storage.synchronous()
    if (level !== undefined) {
      if (level !== SYNCHRONOUS.indexOf('FULL')) throw new Error(`${peer.name} is not durable: synchronous = ${level}`)
      report.figure(`synchronous ${peer.name}`, level, `PRAGMA synchronous: ${SYNCHRONOUS[level]}`)
    }
    await storage.close()
  }
  rmSync(roundFolder, { recursive: true, force: true })
}

function reportPhases({ report }: BenchmarkRun, results: Results): void {
  for (const { name, sampleOf } of PHASES) {
    for (const peer of STORAGE_PEERS) {
      const rounds = results.get(`${name}/${peer.name}`)!
      const samples = rounds.flatMap((round) => round.samples)
      report.figure(`${name} ${peer.name}`, median(rounds.map(perSecond)), 'documents/s')
      for (const p of [50, 95, 99]) {
        report.figure(`${name} ${peer.name} p${p}`, percentile(samples, p), `ms a ${sampleOf}`)
      }
    }
  }
  const rates = (phase: string, peer: string) => results.get(`${phase}/${peer}`)!.map(perSecond)
  for (const { name } of PHASES) {
    for (const peer of STORAGE_PEERS) {
      if (peer === outpostPeer) continue
      report.ratio(
        `${name} outpost-full / ${peer.name}`,
        pairedRatio(rates(name, 'outpost-full'), rates(name, peer.name)),
      )
    }
  }
  const aim = (phase: string, peer: string, bound: number) =>
    report.atLeast(
      `${phase} outpost-full / ${peer}`,
      bound,
      pairedRatio(rates(phase, 'outpost-full'), rates(phase, peer)),
    )
  const [bulk, serial, concurrent, , equality, range] = PHASES.map(({ name }) => name) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  aim(bulk, 'memory', 1)
  aim(bulk, 'dexie', 4)
  aim(serial, 'raw-sqlite-full', 0.8)
  report.atLeast(
    `${concurrent} / ${serial} outpost-full`,
    5,
    pairedRatio(rates(concurrent, 'outpost-full'), rates(serial, 'outpost-full')),
  )
  aim(equality, 'memory', 0.8)
  aim(range, 'memory', 1)
}

async function measureMemory({ size, folder, report, say }: BenchmarkRun): Promise<void> {
  for (const { name } of STORAGE_PEERS) {
    say(`memory of ${name}`)
    const target = join(folder, 'memory', name)
    const { rssMb } = await runScriptFile<MemoryUse>('storage-memory-use.js', [name, String(size), target])
    report.figure(`RSS ${name}`, rssMb, `MB, a process that inserted ${size.toLocaleString('en')} documents`)
    rmSync(target, { recursive: true, force: true })
  }
}

/** With whole RxDatabases: what of a storage's time is left beside RxDB's own. */
async function measureByRxdbTest({ size, folder, report, say }: BenchmarkRun): Promise<void> {
  const { batches } = RXDB_TEST
  const documents = Math.min(RXDB_TEST.documents, Math.ceil(size / batches) * batches)
  const runs = documents === RXDB_TEST.documents ? RXDB_TEST.runs : 2
  const times = new Map<string, RxdbTimes>()
  for (const { name } of RX_STORAGE_PEERS) {
    say(`RxDB's performance test, ${name}`)
    const target = join(folder, 'rxdb', name)
    const args = [name, String(documents), String(runs), target]
    times.set(name, await runScriptFile<RxdbTimes>('storage-rxdb-test.js', args))
    rmSync(target, { recursive: true, force: true })
  }
  const ours = times.get(outpostPeer.name)!
  for (const [name, steps] of times) {
    for (const [step, ms] of Object.entries(steps)) {
      report.figure(`RxDB's test: ${step} ${name}`, ms, `ms, ${documents} documents, the fastest of ${runs} runs`)
      // Nothing that takes less than its clock shows can be divided by.
      if (name !== outpostPeer.name && ours[step]! > 0)
        report.ratio(`RxDB's test: ${step} outpost-full / ${name}`, ms / ours[step]!)
    }
  }
}

async function measureOpening({ size, folder, report, say }: BenchmarkRun): Promise<void> {
  const count = size * LARGE
  const target = join(folder, 'large')
  const storage = await outpostPeer.open(target)
  const { id } = await fillStorage(storage, { count, branchId: 'north', seed: 9 }, (done) => {
    if (done % SAID_EVERY === 0)
      say(`filling a large store: ${done.toLocaleString('en')} of ${count.toLocaleString('en')}`)
  })
  await storage.close()
  const openings: Opening[] = []
  for (let i = 0; i < OPENINGS; i++) openings.push(await runScriptFile<Opening>('storage-opening.js', [target, id]))
  const seconds = median(openings.map(({ ms }) => ms)) / 1000
  const rssMb = median(openings.map(({ rssMb: rss }) => rss))
  const documents = `${count.toLocaleString('en')} documents, outpost-full`
  report.figure(`open a store of ${documents}`, seconds, 's until the first document is read, page cache warm')
  report.figure(`RSS after opening ${documents}`, rssMb, 'MB, the whole process')
  if (count < MILLION) return
  report.below(`open a store of ${documents}`, 1, seconds)
  report.below(`RSS after opening ${documents}`, 150, rssMb)
}

function perSecond({ documents, ms }: Measured): number {
  return (documents / ms) * 1000
}
