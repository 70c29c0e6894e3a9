/** Plain RxDB on both sides, in memory, as two processes. */
import { CountingRelay } from './counting-relay.ts'
import { legSince, ordersOf, type Leg, type LegPlan, type ReplicationPeer } from './replication-leg.ts'
import { callServer, startServer } from './server-process.ts'

export const plainReplication: ReplicationPeer = {
  name: 'plain-rxdb-memory',
  batches: [100, 250, 500, 1000],
  run: runLeg,
}

async function runLeg(plan: LegPlan): Promise<Leg> {
  const endpoint = await startServer('plain-endpoint.js', [])
  const replica = await startServer('plain-replica.js', [])
  const relay = await CountingRelay.open(endpoint.url)
  const loaded = plan.direction === 'up' ? replica : endpoint
  await callServer(loaded.url, '/load', { count: ordersOf(plan) })

  await callServer(replica.url, '/replicate', { url: relay.url, batch: plan.batch })
  const leg = legSince(relay, plan)

  for (const { url } of [replica, endpoint]) {
    const { count } = await callServer<{ count: number }>(url, '/count')
    if (count !== ordersOf(plan)) throw new Error(`orders that arrived: ${count}`)
  }
  const peakRssMb = Math.max(replica.peakRssMb() ?? 0, endpoint.peakRssMb() ?? 0)
  await replica.stop()
  await relay.close()
  await endpoint.stop()
  return { ...leg, peakRssMb: peakRssMb || undefined }
}
