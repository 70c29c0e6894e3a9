/**
 * The branch in its own network: the app over HTTPS under a name that stays, and beside it, in the clear, the page at
 * which new devices fetch the certificate that makes them trust it.
 */
import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Express } from 'express'
import type { Log } from '../../adapters/log.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import { startListener } from '../../adapters/tls/start-listener.ts'
import { errorStatus } from '../../schemas/error-catalogue.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import { LanCertificate } from './lan-certificate.ts'
import { openOwnAuthority } from './own-authority.ts'
import { CERTIFICATE_PATH, setupPage } from './setup-page.ts'

/** `lan` of the configuration. */
export interface LanSettings {
  readonly name: string
  readonly port: number
  readonly setupPort: number
  /** Where both listen. */
  readonly address: string
}

export interface LanServerParts {
  readonly app: Express
  readonly lan: LanSettings
  readonly store: Store
  /** Headquarters' time where it is known, ms since 1970. */
  readonly nowMs: () => number
  readonly log: Log
}

export interface LanServer {
  /** Of the app, under its name. */
  readonly url: string
  /** Of the page for new devices, under its name. */
  readonly setupUrl: string
  /** Of the same page on this PC, where nobody can stand in between. */
  readonly ownSetupUrl: string
  /** SHA-256 of the authority's certificate, as devices show it. */
  readonly fingerprint: string
  close(): Promise<void>
}

/** The devices of a shop, each with a few connections. */
const APP_CONNECTIONS = 512
const SETUP_CONNECTIONS = 32
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** @throws OutpostError BAD_CONFIGURATION: the name is none, or a port cannot be had */
export async function startLanServer({ app, lan, store, nowMs, log }: LanServerParts): Promise<LanServer> {
  const { address: hostname } = lan
  const authority = openOwnAuthority(store, lan.name, log)
  const tls = new LanCertificate(authority, nowMs)
  const closing: (() => Promise<void> | void)[] = [() => tls.stop()]
  const close = async () => {
    for (const each of closing.toReversed()) await each()
  }
  const listen = async (
    handler: RequestListener,
    port: 'port' | 'setupPort',
    more: { tls?: LanCertificate; max: number },
  ) => {
    const fields = { hostname: 'lan.address', port: `lan.${port}` }
    const options = { hostname, port: lan[port], fields, tls: more.tls, maxConnections: more.max }
    const listener = await startListener(handler, options)
    closing.push(() => listener.close())
    return listener
  }
  try {
    const served = await listen(app, 'port', { tls, max: APP_CONNECTIONS })
    const url = `https://${authority.name}:${served.port}`
    const { fingerprint256: fingerprint, raw } = authority.certificate
    let page = ''
    const setup = await listen(
      setupHandler(() => page, raw),
      'setupPort',
      { max: SETUP_CONNECTIONS },
    )
    const setupUrl = `http://${authority.name}:${setup.port}`
    const ownSetupUrl = WILDCARDS.has(hostname) ? `http://127.0.0.1:${setup.port}` : setup.url
    page = setupPage({ appUrl: url, ownUrl: ownSetupUrl, fingerprint })
    log.info({ url, setupUrl, fingerprint }, 'the app is served in the local network')
    return { url, setupUrl, ownSetupUrl, fingerprint, close }
  } catch (error) {
    await close()
    throw error
  }
}

const SETUP_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

/** Knows nothing of the app: what stands here goes to everybody in the network, unencrypted. */
function setupHandler(page: () => string, certificate: Buffer): RequestListener {
  return (req, res) => {
    const answer = (status: number, type: string, body: string | Buffer, more: Record<string, string> = {}) =>
      res.writeHead(status, { ...SETUP_HEADERS, 'content-type': type, ...more }).end(body)
    const [path] = (req.url ?? '').split('?')
    const isLook = req.method === 'GET' || req.method === 'HEAD'
    if (isLook && path === '/') answer(200, 'text/html; charset=utf-8', page())
    // Safari offers to install it only where it is not sent as an attachment.
    else if (isLook && path === CERTIFICATE_PATH) answer(200, 'application/x-x509-ca-cert', certificate)
    else {
      const requestId = randomUUID()
      const error = new OutpostError('NOT_FOUND', 'here is only the certificate of this branch')
      const body = JSON.stringify(toErrorBody(error, requestId))
      answer(errorStatus(error.code), 'application/json; charset=utf-8', body, { 'x-request-id': requestId })
    }
  }
}
