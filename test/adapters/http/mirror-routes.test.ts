import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { addMirrorRoutes } from '../../../adapters/http/mirror-routes.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { COMMAND, guardOf } from '../../support/guard-of.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Nothing of it ends by itself: what comes is the signal. */
async function serve(heard: (signal: AbortSignal) => void): Promise<number> {
  const unused = (): never => {
    throw new Error('not asked')
  }
  const never = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      heard(signal)
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  const app = createApp(SILENT)
  addMirrorRoutes(new RouteTable(app, guardOf(COMMAND)), {
    status: unused,
    pause: unused,
    resume: unused,
    parked: unused,
    refusedChanges: unused,
    retryParked: (_name, signal) => never(signal),
    rebuild: (_name, _table, signal) => never(signal),
  })
  addErrorHandling(app, SILENT)
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test.each([
  ['retry', '{}'],
  ['rebuild', '{"table": "product"}'],
])('%s is given up once whoever asked for it has closed the connection', async (verb, body) => {
  let hear: (signal: AbortSignal) => void = ignore
  const heard = new Promise<AbortSignal>((resolve) => (hear = resolve))
  const port = await serve((signal) => hear(signal))
  const asked = request({
    port,
    method: 'POST',
    path: `/api/mirrors/default/${verb}`,
    headers: { 'content-type': 'application/json' },
  })
  asked.on('error', ignore)
  asked.end(body)
  const signal = await heard
  expect(signal.aborted).toBe(false)
  const aborted = once(signal, 'abort')
  asked.destroy()
  await aborted
  expect(signal.reason).toMatchObject({ code: 'MIRROR_UNAVAILABLE' })
})
