/**
 * The certificate of headquarters in files: with its key, where headquarters serves HTTPS itself; alone, where a proxy
 * does. A renewed one is taken as soon as it stands there whole, without a restart.
 */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Log } from '../log.ts'
import { warningOf } from './certificate-dates.ts'
import { certificateHash } from './certificate-hash.ts'
import { readCertificates } from './pem-file.ts'
import type { TlsCredentials } from './tls-credentials.ts'

export interface ShownCertificate {
  /** What headquarters calls its own when a branch asks: SHA-256 of the DER, base64url. */
  hashes(): readonly string[]
  /** Looks at the files now; it is done every minute anyway. */
  check(): void
  stop(): void
}

export interface ServerCredentials extends ShownCertificate, TlsCredentials {}

interface Parts {
  readonly log: Log
  /** Since 1970. */
  readonly nowMs: () => number
}

/**
 * @param files PEM: the server's certificate and those that it was issued by; its key, which nobody but the owner may read
 * @throws OutpostError BAD_CONFIGURATION
 */
export function openServerCredentials(
  files: { readonly certificate: string; readonly key: string },
  parts: Parts,
): ServerCredentials {
  const watch = new CertificateWatch(() => {
    const [leaf, ...issuers] = readCertificates(files.certificate, 'tls.certificate')
    const { key, pem } = readKey(files.key, 'tls.key')
    if (!leaf!.checkPrivateKey(key)) {
      const message = `tls.key: ${files.key} is not the key of the first certificate in ${files.certificate}`
      throw new OutpostError('BAD_CONFIGURATION', message, { field: 'tls.key' })
    }
    const shown = { cert: [leaf!, ...issuers].join(''), key: pem }
    refuseUnusable(shown)
    return { leaf: leaf!, ...shown }
  }, parts)
  return {
    current: () => watch.current,
    onChange: (listener) => watch.onChange(listener),
    hashes: () => [certificateHash(watch.current.leaf.raw)],
    check: () => watch.check(),
    stop: () => watch.stop(),
  }
}

/**
 * The certificate that a proxy shows for headquarters.
 *
 * @throws OutpostError BAD_CONFIGURATION
 */
export function openProxyCertificate(file: string, parts: Parts): ShownCertificate {
  const watch = new CertificateWatch(() => {
    const [leaf] = readCertificates(file, 'proxyCertificate')
    return { leaf: leaf!, cert: leaf!.toString(), key: '' }
  }, parts)
  return {
    hashes: () => [certificateHash(watch.current.leaf.raw)],
    check: () => watch.check(),
    stop: () => watch.stop(),
  }
}

interface Shown {
  readonly leaf: X509Certificate
  readonly cert: string
  readonly key: string
}

const CHECK_MS = 60_000
const DAY_MS = 86_400_000

/** Reads, and keeps what it has while what stands there is not whole. Files are read, not watched: links move unnoticed. */
class CertificateWatch {
  current: Shown
  readonly #read: () => Shown
  readonly #parts: Parts
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  #trouble: string | undefined
  #warnedMs = Number.NEGATIVE_INFINITY

  constructor(read: () => Shown, parts: Parts) {
    this.#read = read
    this.#parts = parts
    this.current = read()
    this.#warn()
    this.#timer = setInterval(() => this.check(), CHECK_MS).unref()
  }

  check(): void {
    const { log } = this.#parts
    const before = this.current
    try {
      this.current = this.#read()
      this.#trouble = undefined
    } catch (error) {
      const { message } = error as Error
      if (message !== this.#trouble) log.warn({ reason: message }, 'the certificate is kept as it was')
      this.#trouble = message
    }
    if (this.current.cert !== before.cert || this.current.key !== before.key) {
      this.#warnedMs = Number.NEGATIVE_INFINITY
      log.info({ validTo: this.current.leaf.validTo }, 'a new certificate is served')
      for (const listener of this.#listeners) listener()
    }
    this.#warn()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Once a day. */
  #warn(): void {
    const nowMs = this.#parts.nowMs()
    const { leaf } = this.current
    const warning = warningOf(leaf, nowMs)
    if (warning === undefined || Math.abs(nowMs - this.#warnedMs) < DAY_MS) return
    this.#warnedMs = nowMs
    this.#parts.log.warn({ subject: leaf.subject, validFrom: leaf.validFrom, validTo: leaf.validTo }, warning)
  }
}

/** @throws OutpostError BAD_CONFIGURATION */
function readKey(file: string, field: string): { key: KeyObject; pem: string } {
  const refuse = (why: string, cause?: unknown) =>
    new OutpostError('BAD_CONFIGURATION', `${field}: ${file} ${why}`, { field, cause })
  let pem: string
  let mode: number
  try {
    pem = readFileSync(file, 'utf8')
    mode = statSync(file).mode
  } catch (cause) {
    throw refuse(`cannot be read: ${(cause as Error).message}`, cause)
  }
  // Windows keeps no such bits.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw refuse(`may be read by others than its owner: chmod 600 ${file}`)
  }
  try {
    return { key: createPrivateKey(pem), pem }
  } catch (cause) {
    throw refuse(pem.includes('ENCRYPTED') ? 'needs a passphrase: give one without' : 'is no private key in PEM', cause)
  }
}

/** What OpenSSL does not take, such as a key that is too short. */
function refuseUnusable(shown: { cert: string; key: string }): void {
  try {
    createSecureContext(shown)
  } catch (cause) {
    const message = `tls.certificate: it cannot be served: ${(cause as Error).message}`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'tls.certificate', cause })
  }
}
