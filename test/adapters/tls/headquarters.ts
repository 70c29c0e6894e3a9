/** A headquarters over TLS, as far as a branch's connection is concerned. */
import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../../adapters/exchange/signature.ts'
import { addErrorHandling } from '../../../adapters/http/app.ts'
import { RouteTable, type Guard } from '../../../adapters/http/route-table.ts'
import { addTimeRoute } from '../../../adapters/http/time-routes.ts'
import { certificateHash } from '../../../adapters/tls/certificate-hash.ts'
import { keyPem, pem, type Issued } from './certificates.ts'

export const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const pair = newSigningKey()
export const CLOUD_PUBLIC_KEY = pair.publicKey
export const CLOUD_KEY = readVerifyingKey(CLOUD_PUBLIC_KEY)
export const OTHER_KEY = readVerifyingKey(newSigningKey().publicKey)
/** What headquarters' clock says in these tests. */
export const TIME_MS = Date.UTC(2026, 10, 22)

const everybody: Guard = {
  authenticate: () => Promise.resolve({ kind: 'nobody' }),
  isStillAdmitted: () => true,
  countStream: () => ignore,
  noteDone: ignore,
}

export function timeApp(certificateHashes: () => readonly string[]): Express {
  const app = express()
  addTimeRoute(new RouteTable(app, everybody), {
    key: readSigningKey(pair.privateKey),
    publicKey: pair.publicKey,
    nowMs: () => TIME_MS,
    certificateHashes,
  })
  return app
}

export interface Headquarters {
  readonly url: string
  /** Requests that came, by path; and connections. */
  readonly seen: string[]
  connections: number
  close(): Promise<void>
}

/** @param vouchedFor the certificates that it calls its own */
export function serveHeadquarters(chain: readonly Issued[], vouchedFor: readonly Issued[] = chain.slice(0, 1)) {
  const app = timeApp(() => vouchedFor.map(({ certificate }) => certificateHash(certificate.raw)))
  app.get('/hello', (_req, res) => void res.json({ hello: 'branch' }))
  addErrorHandling(app, silent)
  return serveHttps(app, chain)
}

export async function serveHttps(app: Express, chain: readonly Issued[]): Promise<Headquarters> {
  const options: ServerOptions = { cert: pem(...chain), key: keyPem(chain[0]!) }
  const seen: string[] = []
  const server = createServer(options, (req, res) => {
    seen.push(req.url!.replace(/\?.*/, ''))
    app(req, res)
  })
  const served: Headquarters = {
    url: '',
    seen,
    connections: 0,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('secureConnection', () => (served.connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(served, { url: `https://localhost:${(server.address() as AddressInfo).port}` })
}

function ignore(): void {
  // Nothing is looked at.
}
