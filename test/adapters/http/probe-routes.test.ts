import { expect, test } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { addProbeRoutes } from '../../../adapters/http/probe-routes.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { guardOf, NOBODY } from '../../support/guard-of.ts'
import { serve } from '../../support/serve.ts'
import { AT, branchStatus } from '../metrics/statuses.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A node whose disk the test fills, at a time that the test tells. */
async function serveProbes() {
  const node = { isFull: false, wasFull: false, checks: 0, nowMs: 0 }
  const checkStore = () => {
    node.checks += 1
    if (node.isFull) throw new OutpostError('DISK_FULL', 'the disk is full')
    node.wasFull = false
  }
  const full = { code: 'DISK_FULL', message: 'the disk is full', at: AT } as const
  const status = () => branchStatus(node.isFull || node.wasFull ? { storage: full } : {})
  const app = createApp(SILENT)
  addProbeRoutes(
    new RouteTable(app, guardOf(NOBODY)),
    { status, checkStore, logTrouble: () => undefined },
    () => node.nowMs,
  )
  addErrorHandling(app, SILENT)
  const served = await serve(app)
  const ask = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${served.url}${path}`)
    return { status: response.status, body: await response.json() }
  }
  return { node, ask, [Symbol.asyncDispose]: () => served.close() }
}

test('/readyz turns to 503 when the store takes no write, and back; /livez stays', async () => {
  await using probes = await serveProbes()
  const { node, ask } = probes
  expect(await ask('/readyz')).toEqual({ status: 200, body: { ready: true, troubles: [], warnings: [] } })
  node.isFull = node.wasFull = true
  node.nowMs = 2000
  expect(await ask('/readyz')).toEqual({
    status: 503,
    body: { ready: false, troubles: [{ matter: 'store', code: 'DISK_FULL' }], warnings: [] },
  })
  expect(await ask('/livez')).toEqual({ status: 200, body: { live: true } })
  node.isFull = false
  node.nowMs = 4000
  expect(await ask('/readyz')).toMatchObject({ status: 200 })
})

test('whoever asks /readyz again and again makes the node try to write no more often than every two seconds', async () => {
  await using probes = await serveProbes()
  const { node, ask } = probes
  node.isFull = node.wasFull = true
  for (let i = 0; i < 10; i++) await ask('/readyz')
  expect(node.checks).toBe(1)
  node.nowMs = 1999
  await ask('/readyz')
  expect(node.checks).toBe(1)
  node.nowMs = 2000
  await ask('/readyz')
  expect(node.checks).toBe(2)
})
