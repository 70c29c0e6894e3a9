/**
 * Lets an `rxdb-server` RxServer run on Express 5. The adapter that comes with it uses Express 4 paths, a 100 kB body
 * limit and closes by faking an event; this is the whole of what a server here needs.
 */
import express, { type Express, type Request, type Response } from 'express'
import type { RxServerAdapter } from 'rxdb-server/plugins/server'
import { isLoopback } from '../tls/encryption-policy.ts'
import { startListener, type Listener } from '../tls/start-listener.ts'
import type { TlsCredentials } from '../tls/tls-credentials.ts'

export interface ExpressAdapter extends RxServerAdapter<Express, Request, Response> {
  /** The address that the server listens at; legal after `listen`. */
  url(): string
  /** The one at which programs on this machine reach it: plain HTTP that never leaves it, whose name needs no certificate. */
  ownUrl(): string
}

/** Many more than there are branches, and fewer than a process may have files open. */
const MAX_CONNECTIONS = 4096

/** @param tls makes it speak HTTPS, except on this machine */
export function createExpressAdapter(tls?: TlsCredentials): ExpressAdapter {
  let listener: Listener | undefined
  let own: Listener | undefined
  let ownUrl: string | undefined
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
      const serve = { fields: { hostname: 'address', port: 'port' }, maxConnections: MAX_CONNECTIONS }
      listener = await startListener(app, { ...serve, hostname, port, tls })
      if (tls === undefined && isLoopback(hostname)) return
      try {
        own = await startListener(app, { ...serve, hostname: '127.0.0.1', port: 0 })
      } catch (error) {
        await listener.close()
        throw error
      }
      ownUrl = own.url
    },
    closeAllConnections() {
      listener?.closeAllConnections()
      own?.closeAllConnections()
    },
    async close() {
      await Promise.all([listener?.close(), own?.close()])
    },
    url: () => listener!.url,
    ownUrl: () => ownUrl ?? listener!.url,
  }
}
