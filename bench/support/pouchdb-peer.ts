/** PouchDB replicating with express-pouchdb, two processes, both on LevelDB, which by default does not wait for the disk. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CountingRelay } from './counting-relay.ts'
import { ensurePouchDbPackages } from './pouchdb-packages.ts'
import { legSince, ordersOf, type Leg, type LegPlan, type ReplicationPeer } from './replication-leg.ts'
import { callServer, startServer } from './server-process.ts'

export const pouchReplication: ReplicationPeer = {
  name: 'pouchdb-leveldb',
  batches: [100, 250, 500, 1000],
  prepare: () => ensurePouchDbPackages((line) => process.stderr.write(`${line}\n`)),
  run: runLeg,
}

async function runLeg(plan: LegPlan): Promise<Leg> {
  const { direction, batch } = plan
  const [near, far] = ['near', 'far'].map((name) => join(plan.folder, name)) as [string, string]
  for (const folder of [near, far]) mkdirSync(folder, { recursive: true })
  const endpoint = await startServer('pouchdb-endpoint.js', [far])
  const replica = await startServer('pouchdb-replica.js', [near])
  const relay = await CountingRelay.open(endpoint.url)
  if (direction === 'up') await callServer(replica.url, '/load', { count: ordersOf(plan) })
  else await callServer(endpoint.url, `/load/${ordersOf(plan)}`, {})

  await callServer(replica.url, '/replicate', { url: `${relay.url}/orders`, direction, batch })
  const leg = legSince(relay, plan)

  const { count } = await callServer<{ count: number }>(replica.url, '/count')
  const { doc_count } = await callServer<{ doc_count: number }>(endpoint.url, '/orders')
  const counts = [count, doc_count]
  if (counts.some((each) => each !== ordersOf(plan))) throw new Error(`orders that arrived: ${counts.join(' and ')}`)
  const peakRssMb = Math.max(replica.peakRssMb() ?? 0, endpoint.peakRssMb() ?? 0)
  await replica.stop()
  await relay.close()
  await endpoint.stop()
  return { ...leg, peakRssMb: peakRssMb || undefined }
}
