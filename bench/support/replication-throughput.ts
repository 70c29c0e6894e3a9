/** Documents per second and bytes on the wire of every peer, both ways, round by round. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { outpostReplication } from './outpost-peer.ts'
import { plainReplication } from './plain-peer.ts'
import { pouchReplication } from './pouchdb-peer.ts'
import type { Direction, Leg, LegPlan, ReplicationPeer } from './replication-leg.ts'
import type { BenchmarkRun } from './run-benchmark.ts'
import { median, pairedRatio, rotated } from './samples.ts'

/** Of each peer, for the comparison like for like. */
const BATCH = 100
const ROUNDS = 3
const WARM_UP_SHARE = 10
/** Orders of one leg of the probe at most. */
const PROBE_SIZE = 10_000
/** A leg of fewer batches says nothing of their size. */
const PROBE_BATCHES = 5
const DIRECTIONS = ['up', 'down'] as const
const PEERS = [outpostReplication, plainReplication, pouchReplication]
const [OURS, ...OTHERS] = PEERS.map(({ name }) => name) as [string, ...string[]]
/** ≥ this times as fast as the peer. */
const SPEED_AIMS: Readonly<Record<string, number>> = { [plainReplication.name]: 1, [pouchReplication.name]: 6 }

/** A peer with one size of its batches. */
interface Entry {
  readonly peer: ReplicationPeer
  readonly batch: number
}

/** @returns what one branch of ours sends up in batches of 100, documents per second */
export async function measureThroughput({ size, folder, report, say }: BenchmarkRun): Promise<number> {
  for (const peer of PEERS) await peer.prepare?.()
  const run = async (direction: Direction, { peer, batch }: Entry, orders: number): Promise<Leg> => {
    const legFolder = join(folder, 'leg')
    const warmUpBatches = Math.max(1, Math.round(orders / WARM_UP_SHARE / batch))
    const plan: LegPlan = { direction, size: orders, batch, warmUpBatches, folder: legFolder }
    const leg = await peer.run(plan)
    rmSync(legFolder, { recursive: true, force: true })
    const rate = Math.round((orders / leg.ms) * 1000).toLocaleString('en')
    say(`  ${direction}, ${peer.name}, batches of ${batch}: ${rate} documents/s`)
    return leg
  }

  say('which size of a batch is best')
  const best = new Map<string, number>()
  const probeSize = Math.min(size, PROBE_SIZE)
  for (const direction of DIRECTIONS) {
    for (const peer of PEERS) {
      const batches = peer.batches.filter((batch) => batch * PROBE_BATCHES <= probeSize)
      const tried: { batch: number; ms: number }[] = []
      for (const batch of batches.length > 1 ? batches : []) {
        tried.push({ batch, ms: (await run(direction, { peer, batch }, probeSize)).ms })
      }
      const fastest = tried.toSorted((a, b) => a.ms - b.ms)[0]
      best.set(keyOf(direction, peer.name), fastest?.batch ?? BATCH)
    }
  }

  const legs = new Map<string, Leg[]>()
  const rounds = size < 10 * BATCH ? 1 : ROUNDS
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    for (const direction of DIRECTIONS) {
      for (const peer of rotated(PEERS, round)) {
        const own = best.get(keyOf(direction, peer.name))!
        for (const batch of new Set([BATCH, own])) {
          const key = keyOf(direction, peer.name, batch)
          legs.set(key, [...(legs.get(key) ?? []), await run(direction, { peer, batch }, size)])
        }
      }
    }
  }

  const rate = ({ ms }: Leg) => (size / ms) * 1000
  const bytes = (leg: Leg) => leg.bytes / size
  for (const direction of DIRECTIONS) {
    const legsOf = (name: string, own: boolean) =>
      legs.get(keyOf(direction, name, own ? best.get(keyOf(direction, name))! : BATCH))!
    for (const { name } of PEERS) {
      for (const own of [false, true]) {
        const batch = own ? best.get(keyOf(direction, name))! : BATCH
        const found = legsOf(name, own)
        const label = `${direction} ${name}${own ? ' best' : ''}`
        report.figure(label, median(found.map(rate)), `documents/s, batches of ${batch}`)
        if (own) continue
        report.figure(`${label} wire`, median(found.map(bytes)), 'bytes a document, both ways')
        const rss = median(found.map(({ peakRssMb }) => peakRssMb ?? 0))
        if (rss > 0) report.figure(`${label} peak RSS`, rss, 'MB, the larger side')
      }
    }
    for (const other of OTHERS) {
      for (const own of [false, true]) {
        const mark = own ? ' best' : ''
        const name = `${direction} ${OURS}${mark} / ${other}${mark}`
        const speed = pairedRatio(legsOf(OURS, own).map(rate), legsOf(other, own).map(rate))
        report.ratio(name, speed)
        report.atLeast(name, SPEED_AIMS[other]!, speed)
      }
    }
    const wireName = `${direction} wire ${OURS} / ${plainReplication.name}`
    const wire = pairedRatio(legsOf(OURS, false).map(bytes), legsOf(plainReplication.name, false).map(bytes))
    report.ratio(wireName, wire)
    report.atMost(wireName, 0.3, wire)
  }
  return median(legs.get(keyOf('up', OURS, BATCH))!.map(rate))
}

function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join(' ')
}
