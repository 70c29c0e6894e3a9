/**
 * A listening HTTP or HTTPS server with the bounds that every server of a node has. What is slower than these or more
 * than these is cut off, so that whoever sends nothing, or half of something, holds nothing for ever.
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { isIPv6, type AddressInfo, type Socket } from 'node:net'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { answerClientErrors } from '../http/client-errors.ts'
import type { TlsCredentials } from './tls-credentials.ts'

export interface ListenerOptions {
  readonly hostname: string
  /** 0 takes a free one. */
  readonly port: number
  /** Where both stand in the configuration. */
  readonly fields: { readonly hostname: string; readonly port: string }
  /** Without them it speaks plain HTTP. */
  readonly tls?: TlsCredentials | undefined
  readonly maxConnections: number
}

export interface Listener {
  readonly port: number
  /** With the address that it listens at as its host. */
  readonly url: string
  closeAllConnections(): void
  close(): Promise<void>
}

const BOUNDS = {
  /** A branch takes nearly as long to send the largest one over the slowest line that it bears with. */
  requestTimeout: 300_000,
  headersTimeout: 30_000,
  keepAliveTimeout: 20_000,
  // The app says in its own words that a request names no host.
  requireHostHeader: false,
} as const
const HANDSHAKE_TIMEOUT_MS = 15_000

/** @throws OutpostError BAD_CONFIGURATION when the port cannot be had */
export async function startListener(handler: RequestListener, options: ListenerOptions): Promise<Listener> {
  const { hostname, tls } = options
  const [server, forget] = tls ? secureServer(handler, tls) : [createServer(BOUNDS, handler), () => undefined]
  server.maxConnections = options.maxConnections
  answerClientErrors(server)
  // The server itself knows of connections only once their handshake is over.
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const closeAllConnections = () => sockets.forEach((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, options)))
    server.listen(options.port, hostname, resolve)
  })
  const { port } = server.address() as AddressInfo
  let closing: Promise<void> | undefined
  return {
    port,
    url: `${tls ? 'https' : 'http'}://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`,
    closeAllConnections,
    close: () =>
      (closing ??= new Promise((resolve) => {
        forget()
        server.close(() => resolve())
        closeAllConnections()
      })),
  }
}

function secureServer(handler: RequestListener, tls: TlsCredentials): [Server, () => void] {
  const context = () => ({ ...tls.current(), minVersion: 'TLSv1.2' }) as const
  const server = createHttpsServer({ ...BOUNDS, ...context(), handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, handler)
  return [server, tls.onChange(() => server.setSecureContext(context()))]
}

function listenError(cause: NodeJS.ErrnoException, { hostname, port, fields }: ListenerOptions): Error {
  const where = `cannot listen on ${hostname}:${port}`
  if (cause.code === 'EADDRNOTAVAIL') {
    const message = `${where}: this machine does not have this address`
    return new OutpostError('BAD_CONFIGURATION', message, { field: fields.hostname, cause })
  }
  const reason = cause.code === 'EADDRINUSE' ? 'another program uses this port' : cause.message
  return new OutpostError('BAD_CONFIGURATION', `${where}: ${reason}; choose another ${fields.port}`, {
    field: fields.port,
    cause,
  })
}
