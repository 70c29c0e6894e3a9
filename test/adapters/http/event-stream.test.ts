import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import type { Response } from 'express'
import { afterEach, expect, it } from 'vitest'
import { createApp } from '../../../adapters/http/app.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { addStatusRoutes } from '../../../adapters/http/status-routes.ts'
import { COMMAND, guardOf } from '../../support/guard-of.ts'

const nothing = () => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

it('is over at once, for all who serve it, where whoever asked has gone while it was asked who that is', async () => {
  const guard = guardOf(COMMAND)
  let streams = 0
  let asked!: (res: Response) => void
  let decide!: () => void
  const isAsked = new Promise<Response>((resolve) => (asked = resolve))
  const isDecided = new Promise<void>((resolve) => (decide = resolve))
  const listeners = new Set<() => void>()
  const app = createApp(SILENT)
  const routes = new RouteTable(app, {
    ...guard,
    async authenticate(req, res) {
      asked(res)
      await isDecided
      return guard.authenticate(req, res)
    },
    countStream() {
      streams += 1
      return () => (streams -= 1)
    },
  })
  const onChange = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const told = new Promise<void>((resolve) => {
    addStatusRoutes(routes, { status: () => resolve(), onChange }, SILENT, 'viewer')
  })
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const client = connect(port, '127.0.0.1')
  client.write(`GET /api/status/stream HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
  const res = await isAsked
  client.destroy()
  await once(res, 'close')
  decide()
  await told
  await new Promise(setImmediate)
  expect({ streams, listeners: listeners.size }).toEqual({ streams: 0, listeners: 0 })
})
