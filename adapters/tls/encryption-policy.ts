/** Where plain HTTP may be spoken: on this machine; elsewhere only behind a proxy that encrypts, or if asked for by name. */
import { isIPv4 } from 'node:net'
import { OutpostError } from '../../schemas/outpost-error.ts'

export interface Listening {
  /** Name or address. */
  readonly hostname: string
  /** The node encrypts itself. */
  readonly hasTls: boolean
  /** Those that stand before the node and encrypt for it. */
  readonly trustedProxies: readonly string[]
  /** `insecureHttp` of the configuration. */
  readonly insecureHttp: boolean
}

/** @throws OutpostError UNENCRYPTED */
export function refusePlainListening({ hostname, hasTls, trustedProxies, insecureHttp }: Listening): void {
  if (hasTls || insecureHttp || trustedProxies.length > 0 || isLoopback(hostname)) return
  const message = `${hostname} can be reached from other machines: give the node a certificate and its key (tls), or name the proxy that encrypts for it (trustedProxies)`
  throw new OutpostError('UNENCRYPTED', message, { field: 'tls' })
}

/**
 * @param field where the address stands
 * @throws OutpostError UNENCRYPTED
 */
export function refusePlainUrl(url: string, { field, insecureHttp }: { field: string; insecureHttp: boolean }): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || insecureHttp || isLoopback(hostname)) return
  const message = `${hostname} is another machine, and its address is not encrypted: it must begin with https://`
  throw new OutpostError('UNENCRYPTED', message, { field })
}

export interface Arrival {
  /** By the connection itself, or by the word of a proxy that is trusted: Express' `req.secure`. */
  readonly isEncrypted: boolean
  /** Whom it came from by the same word, or the connection: Express' `req.ip`. */
  readonly remoteAddress: string | undefined
}

/**
 * A node behind a proxy listens in the clear, and somebody may come past the proxy.
 *
 * @throws OutpostError UNENCRYPTED
 */
export function refusePlainRequest(arrival: Arrival, { insecureHttp }: { insecureHttp: boolean }): void {
  if (arrival.isEncrypted || insecureHttp || isLoopback(arrival.remoteAddress ?? '')) return
  const message =
    'this request came in the clear: use https; a proxy that encrypts must stand among trustedProxies and send X-Forwarded-Proto'
  throw new OutpostError('UNENCRYPTED', message)
}

/** `localhost`, and what stands under it, means this machine everywhere (RFC 6761). */
export function isLoopback(hostname: string): boolean {
  const name = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '')
    .replace(/\.$/, '')
  if (isIPv4(name)) return name.startsWith('127.')
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost')
}
