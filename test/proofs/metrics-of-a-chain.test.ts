import { expect, test } from 'vitest'
import { NodeMetrics } from '../../adapters/metrics/node-metrics.ts'
import { heartbeatOf, serveCloud } from '../support/served-cloud.ts'

const BRANCHES = 500
const LOOKS = 9
/** Of one scrape, ms. */
const LIMIT_MS = 200

test('headquarters of 500 branches answers a scrape in less than 200 ms', async () => {
  const ids = Array.from({ length: BRANCHES }, (_, i) => `b${i}`)
  const cloud = await serveCloud(ids)
  try {
    const { operations, recorder } = cloud
    const { store } = operations.cloud.replica
    const metrics = new NodeMetrics({
      node: 'headquarters',
      status: () => operations.status(),
      retries: () => operations.cloud.exceptions.countWaiting(),
      file: store.file,
    })
    recorder.onEntry(metrics.note)
    const figures = {
      backlog: { documents: 3, oldestSince: '2026-01-01T00:00:00.000Z' },
      classes: [],
      exceptions: 1,
      disk: { free: 1e10, store: 1e8 },
    }
    const beat = (id: string) => cloud.post(id, 'heartbeat', heartbeatOf(id, { figures }))
    for (const id of ids) expect((await beat(id)).status).toBe(200)
    const documents = ['orders', 'members', 'movements'].map((collection) => ({ collection, id: 'x', seq: 1 }))
    for (const branchId of ids) {
      for (const kind of ['push', 'pull'] as const) {
        const at = new Date().toISOString()
        const note = { at, branchId, kind, sent: 3, received: 0, bytesSent: 900, bytesReceived: 90, ms: 20 } as const
        recorder.note({ ...note, outcome: 'ok', requestId: 'r' }, { documents, delaysMs: [500] })
      }
    }
    const times: number[] = []
    let text = ''
    for (let i = 0; i < LOOKS; i++) {
      // In between branches are heard, so that their rows are made anew.
      for (const id of ids.slice(i * 40, i * 40 + 40)) await beat(id)
      const startedAt = performance.now()
      text = await metrics.scrape()
      times.push(performance.now() - startedAt)
    }
    for (const id of ids) expect(text).toContain(`outpost_branch_backlog_documents{branch="${id}"} 3`)
    const median = times.toSorted((a, b) => a - b)[Math.floor(LOOKS / 2)]!
    expect(median, `${times.map((ms) => ms.toFixed(0)).join(', ')} ms`).toBeLessThan(LIMIT_MS)
  } finally {
    await cloud.close()
  }
})
