/**
 * The `fetch` of a branch for everything that it asks of headquarters. Certificates are checked as ever, except that one
 * which is out of its dates is taken if headquarters vouches for it with its pinned key: a PC that wakes in the year
 * 2000 must still get the time, and can get it only over a connection whose certificate begins decades later.
 */
import type { Socket } from 'node:net'
import { checkServerIdentity, createSecureContext, rootCertificates, TLSSocket, type SecureContext } from 'node:tls'
import { callbackify, promisify } from 'node:util'
import { Agent, buildConnector, fetch as undiciFetch } from 'undici'
import { LinkFailure } from '../http/link-failure.ts'
import type { Log } from '../log.ts'
import { askTime, type CloudKey } from './ask-time.ts'
import { certificateHash } from './certificate-hash.ts'
import { DATE_ERRORS, OTHER_NAME, problemInWords } from './certificate-problem.ts'
import { readCertificates } from './pem-file.ts'

export interface CloudFetchOptions {
  /** Without a slash at the end. */
  readonly cloudUrl: string
  /** Headquarters' own; nothing is vouched for where none is known. */
  readonly cloudKey?: CloudKey | undefined
  /** A PEM file of authorities that are trusted beside the usual ones. */
  readonly ca?: string | undefined
  /** Hears of headquarters' time, ms since 1970, whenever it was asked because of a certificate's dates. */
  readonly onTime?: (timeMs: number) => void
  /** Any clock that never goes back. */
  readonly nowMs?: () => number
  readonly log: Log
}

export interface CloudFetch {
  /** As the global one. What is wrong with a certificate is thrown as a LinkFailure that says what to do about it. */
  readonly fetch: typeof globalThis.fetch
  /** Ends every connection, and what is under way on it. */
  close(): Promise<void>
}

/** How long headquarters' word for its certificates is good for. */
const VOUCHED_MS = 3_600_000

/** @throws OutpostError BAD_CONFIGURATION: the file of authorities is of no use */
export function createCloudFetch(options: CloudFetchOptions): CloudFetch {
  const agent = new Agent({ connect: callbackify(createConnect(options)) as unknown as buildConnector.connector })
  const fetch = async (url: string | URL, init: object = {}) => {
    try {
      return await undiciFetch(url, { ...init, dispatcher: agent })
    } catch (error) {
      const { cause } = error as Error
      throw cause instanceof LinkFailure ? cause : error
    }
  }
  return { fetch: fetch as unknown as typeof globalThis.fetch, close: () => agent.destroy() }
}

function createConnect(options: CloudFetchOptions): (target: buildConnector.Options) => Promise<Socket> {
  const { cloudUrl, cloudKey, onTime, log, nowMs = () => performance.now() } = options
  const open = promisify(
    buildConnector({
      secureContext: trust(options.ca),
      // What it finds is looked at here instead; and of a session that is resumed it finds nothing.
      rejectUnauthorized: false,
      maxCachedSessions: 0,
    }),
  ) as (target: buildConnector.Options) => Promise<Socket>
  let vouched: { readonly hashes: readonly string[]; readonly untilMs: number } = { hashes: [], untilMs: 0 }
  let asking: Promise<void> | undefined

  const ask = async (key: CloudKey): Promise<void> => {
    const { certificates, timeMs } = await askTime(cloudUrl, key)
    vouched = { hashes: certificates, untilMs: nowMs() + VOUCHED_MS }
    onTime?.(timeMs)
  }

  const refuseUnlessVouched = async (socket: TLSSocket, { hostname, servername }: buildConnector.Options) => {
    const problem = String(socket.authorizationError)
    const words = problemInWords(hostname, problem)
    // OpenSSL names the last thing that it finds wrong, so dates may hide anything else: from here on, only
    // headquarters' word for this very certificate counts.
    if (!DATE_ERRORS.has(problem)) throw new LinkFailure(words)
    const otherName = checkServerIdentity(servername || hostname, socket.getPeerCertificate())
    if (otherName) throw new LinkFailure(problemInWords(hostname, OTHER_NAME), { cause: otherName })
    const hash = certificateHash(socket.getPeerX509Certificate()!.raw)
    if (nowMs() < vouched.untilMs && vouched.hashes.includes(hash)) return
    if (!cloudKey) throw new LinkFailure(words)
    asking ??= ask(cloudKey).finally(() => (asking = undefined))
    await asking.catch((cause: unknown) => {
      throw new LinkFailure(`${words}; headquarters did not vouch for it`, { cause })
    })
    if (!vouched.hashes.includes(hash)) {
      const remedy = 'headquarters does not know it: if its proxy shows it, name it there (proxyCertificate)'
      throw new LinkFailure(`${words}; ${remedy}`)
    }
    log.warn({ hostname, problem }, "headquarters vouched for its certificate: correct this PC's clock")
  }

  return async (target) => {
    const socket = await open(target)
    if (!(socket instanceof TLSSocket) || socket.authorized) return socket
    try {
      await refuseUnlessVouched(socket, target)
      return socket
    } catch (error) {
      socket.destroy()
      throw error
    }
  }
}

/** @throws OutpostError BAD_CONFIGURATION */
function trust(ca: string | undefined): SecureContext {
  const authorities = ca === undefined ? undefined : readCertificates(ca, 'ca').map(String)
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ...(authorities && { ca: [...rootCertificates, ...authorities] }),
  })
}
