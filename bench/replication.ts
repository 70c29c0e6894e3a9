/**
 * Orders from a branch to headquarters and back, each side a process of its own, over HTTP on loopback, in batches of
 * 100; beside plain RxDB, which keeps everything in memory on both sides. A TCP relay between the sides counts the bytes
 * of both. Every leg starts new processes; a tenth more orders go ahead uncounted, to warm them up.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { outpostReplication } from './support/outpost-peer.ts'
import { plainReplication } from './support/plain-peer.ts'
import { BATCH, type Leg, type LegPlan } from './support/replication-leg.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { median, pairedRatio, rotated } from './support/samples.ts'

export const description =
  'Orders between a branch and the cloud (durable on both sides) beside plain RxDB replication in memory, both ways'

const ROUNDS = 3
const WARM_UP_SHARE = 10
const PEERS = [outpostReplication, plainReplication]

await runBenchmark(import.meta.url, 5000, async ({ size, folder, report, say }) => {
  const warmUpBatches = Math.max(1, Math.round(size / WARM_UP_SHARE / BATCH))
  const legs = new Map<string, Leg[]>()
  const rounds = size < 10 * BATCH ? 1 : ROUNDS
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    for (const direction of ['up', 'down'] as const) {
      for (const peer of rotated(PEERS, round)) {
        const legFolder = join(folder, `${peer.name}-${direction}-${round}`)
        const plan: LegPlan = { direction, size, warmUpBatches, folder: legFolder }
        const leg = await peer.run(plan)
        rmSync(legFolder, { recursive: true, force: true })
        say(`  ${direction}, ${peer.name}: ${Math.round((size / leg.ms) * 1000).toLocaleString('en')} documents/s`)
        const key = `${direction} ${peer.name}`
        legs.set(key, [...(legs.get(key) ?? []), leg])
      }
    }
  }
  for (const direction of ['up', 'down'] as const) {
    const of = (name: string, figure: (leg: Leg) => number) => legs.get(`${direction} ${name}`)!.map(figure)
    const rate = ({ ms }: Leg) => (size / ms) * 1000
    const bytes = (leg: Leg) => leg.bytes / size
    for (const { name } of PEERS) {
      report.figure(`${direction} ${name}`, median(of(name, rate)), 'documents/s, batches of 100')
      report.figure(`${direction} ${name} wire`, median(of(name, bytes)), 'bytes a document, both ways')
      const rss = of(name, ({ peakRssMb }) => peakRssMb ?? 0)
      if (median(rss) > 0) report.figure(`${direction} ${name} peak RSS`, median(rss), 'MB, the larger side')
    }
    const [ours, plain] = PEERS.map(({ name }) => name) as [string, string]
    const speed = pairedRatio(of(ours, rate), of(plain, rate))
    const wire = pairedRatio(of(ours, bytes), of(plain, bytes))
    report.ratio(`${direction} ${ours} / ${plain}`, speed)
    report.ratio(`${direction} wire ${ours} / ${plain}`, wire)
    report.atLeast(`${direction} ${ours} / ${plain}`, 1, speed)
    report.atMost(`${direction} wire ${ours} / ${plain}`, 0.3, wire)
  }
})
