/**
 * Orders between a branch and headquarters, each side a process of its own, over HTTP on loopback.
 *
 * Throughput, both ways: beside plain RxDB, which keeps everything in memory on both sides, and PouchDB, which writes to
 * LevelDB on both; in batches of 100 and of the size that a short probe found best for each. A TCP relay between the
 * sides counts the bytes of both. Every leg starts new processes; a tenth more orders go ahead uncounted, to warm them
 * up. Then one order at a time, and the backlogs of many branches at once.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { drainFleet } from './support/fleet-drain.ts'
import { measureLatency } from './support/order-latency.ts'
import { measureThroughput } from './support/replication-throughput.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { percentile } from './support/samples.ts'

export const description =
  'Orders between branches and the cloud (durable on both sides) beside plain RxDB in memory and PouchDB, both ways'

const LATENCY_ORDERS = 300
const LATENCY_SHARE = 50
const FLEET = 200
/** Of all orders up, those that wait at each branch of the fleet. */
const FLEET_SHARE = 5

await runBenchmark(import.meta.url, 50_000, async ({ size, folder, report, say }) => {
  const single = await measureThroughput({ size, folder, report, say })

  const count = Math.min(LATENCY_ORDERS, Math.ceil(size / LATENCY_SHARE))
  say(`one order at a time, ${count} each way`)
  const latency = await measureLatency(join(folder, 'latency'), count)
  for (const direction of ['up', 'down'] as const) {
    for (const [p, bound] of [
      [50, 50],
      [99, 250],
    ] as const) {
      const ms = percentile(latency[direction], p)
      report.figure(`${direction} one order p${p}`, ms, 'ms from its POST answered to the other GET showing it')
      report.below(`${direction} one order p${p}`, bound, ms)
    }
  }
  rmSync(join(folder, 'latency'), { recursive: true, force: true })

  const branches = Math.min(FLEET, Math.ceil(size / FLEET_SHARE))
  say('the backlogs of a chain')
  const fleet = await drainFleet({
    branches,
    ordersEach: Math.ceil(size / FLEET_SHARE),
    folder: join(folder, 'fleet'),
    say,
  })
  for (const error of fleet.errors) say(`  ${error}`)
  report.figure('backlogs of many branches', fleet.documentsPerSecond, `documents/s, ${branches} branches at once`)
  report.atMost('backlogs of many branches, cycles that failed', 0, fleet.errorCount)
  report.ratio('backlogs of many branches / one', fleet.documentsPerSecond / single)
  report.atLeast('backlogs of many branches / one', 0.8, fleet.documentsPerSecond / single)
  if (fleet.cloudPeakRssMb !== undefined) {
    report.figure('backlogs of many branches, peak RSS', fleet.cloudPeakRssMb, 'MB, headquarters')
    report.below('backlogs of many branches, peak RSS', 512, fleet.cloudPeakRssMb)
  }
})
