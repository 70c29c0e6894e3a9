/**
 * Lets an `rxdb-server` RxServer run on Express 5. The adapter that comes with it uses Express 4 paths, a 100 kB body
 * limit and closes by faking an event; this is the whole of what a server here needs.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'
import type { RxServerAdapter } from 'rxdb-server/plugins/server'
import { OutpostError } from '../../schemas/outpost-error.ts'

export interface ExpressAdapter extends RxServerAdapter<Express, Request, Response> {
  /** The port that the server listens on; legal after `listen`. */
  port(): number
}

/**
 * A request that takes longer is cut off, so that no half-sent one holds a connection for ever. A branch takes nearly as
 * long to send the largest one over the slowest line that it bears with.
 */
const REQUEST_TIMEOUT_MS = 300_000

export function createExpressAdapter(): ExpressAdapter {
  let server: Server | undefined
  return {
    create: () => Promise.resolve(express()),
    get: (app, path, handler) => void app.get(path, handler),
    post: (app, path, handler) => void app.post(path, handler),
    all: (app, path, handler) => void app.all(path, handler),
    setCors: () => undefined, // pages are served by the node itself: nothing crosses origins
    getRequestBody: (req) => req.body as unknown,
    getRequestHeaders: (req) => req.headers as Record<string, string>,
    getRequestQuery: (req) => req.query,
    onRequestClose: (req, handler) => void req.on('close', handler),
    setResponseHeader: (res, name, value) => void res.setHeader(name, value),
    endResponseJson: (res, data) => void res.json(data),
    endResponse: (res) => void res.end(),
    responseWrite: (res, data) => void res.write(data),
    setSSEHeaders: (res) => void res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }),
    closeConnection: (res, code, message) => void res.status(code).json({ code: 'BAD_REQUEST', message }),
    async listen(app, port, hostname) {
      const listening = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 20_000 }, app)
      await new Promise<void>((resolve, reject) => {
        listening.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, hostname, port)))
        listening.listen(port, hostname, resolve)
      })
      server = listening
    },
    closeAllConnections: () => server?.closeAllConnections(),
    async close() {
      const closing = server
      if (!closing) return
      server = undefined
      await new Promise<void>((resolve) => {
        closing.close(() => resolve())
        closing.closeAllConnections()
      })
    },
    port: () => (server!.address() as AddressInfo).port,
  }
}

function listenError(cause: NodeJS.ErrnoException, hostname: string, port: number): Error {
  const reason = cause.code === 'EADDRINUSE' ? 'another program uses this port' : cause.message
  return new OutpostError(
    'BAD_CONFIGURATION',
    `cannot listen on ${hostname}:${port}: ${reason}; choose another --port`,
    {
      field: 'port',
      cause,
    },
  )
}
