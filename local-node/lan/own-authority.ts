/**
 * The certificate authority of a branch: one for each store, made once, and trusted by the devices of the shop. It can
 * speak for one name only, so whoever steals it cannot pass for a bank there.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import type { Log } from '../../adapters/log.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import { authority, onlyFor, serverAt, writeCertificate } from '../../adapters/tls/write-certificate.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

export interface OwnAuthority {
  /** The DNS name that it is for, in lower case. */
  readonly name: string
  readonly certificate: X509Certificate
  /** A new certificate and key of the server, PEM; times in ms since 1970. */
  issue(notBeforeMs: number, notAfterMs: number): { readonly cert: string; readonly key: string }
}

/** As it is kept: PKCS #8 and X.509, DER in base64url. */
interface Kept {
  readonly name: string
  readonly privateKey: string
  readonly certificate: string
}

const SETTING = 'lan authority'
/** The same in every shop and on every PC, whatever its clock says. Devices refuse what begins in their future. */
const NOT_BEFORE = new Date('2025-01-01T00:00:00Z')
const NOT_AFTER = new Date('2045-01-01T00:00:00Z')
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Makes one where there is none for this name.
 *
 * @throws OutpostError BAD_CONFIGURATION
 */
export function openOwnAuthority(store: Store, wanted: string, log: Log): OwnAuthority {
  const name = wanted.toLowerCase()
  refuseUnusable(name)
  const saved = store.readSetting(SETTING)
  const kept = saved === undefined ? undefined : (JSON.parse(saved) as Kept)
  if (kept?.name === name) return open(kept)
  const made = make(name)
  store.transaction('setting', () => store.writeSetting(SETTING, JSON.stringify(made)))
  if (kept) {
    log.warn(
      { before: kept.name, now: name },
      'the branch has a new name in its network: devices install its new certificate, and send what they have not sent under the old name first',
    )
  }
  return open(made)
}

function open({ name, ...kept }: Kept): OwnAuthority {
  const certificate = new X509Certificate(Buffer.from(kept.certificate, 'base64url'))
  const privateKey = createPrivateKey({
    key: Buffer.from(kept.privateKey, 'base64url'),
    format: 'der',
    type: 'pkcs8',
  })
  const issuer = { subject: subjectOf(name), privateKey, publicKey: createPublicKey(privateKey) }
  return {
    name,
    certificate,
    issue(notBeforeMs, notAfterMs) {
      const keys = newKeys()
      const dates = { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) }
      const facts = { subject: name, publicKey: keys.publicKey, ...dates, issuer, extensions: serverAt(name) }
      return {
        cert: writeCertificate(facts).toString(),
        key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      }
    },
  }
}

function make(name: string): Kept {
  const keys = newKeys()
  const subject = subjectOf(name)
  const certificate = writeCertificate({
    subject,
    publicKey: keys.publicKey,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    issuer: { subject, ...keys },
    extensions: [...authority(0), onlyFor(name)],
  })
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64url')
  return { name, privateKey, certificate: certificate.raw.toString('base64url') }
}

/** Browsers take no Ed25519. */
function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** What a device lists it as. */
function subjectOf(name: string): string {
  return `Outpost ${name}`.slice(0, 64)
}

function refuseUnusable(name: string): void {
  const labels = name.split('.')
  const isName = name.length <= 253 && labels.length > 1 && labels.every((label) => LABEL.test(label))
  if (isName && isIP(name) === 0) return
  const message = `lan.name: "${name}" must be a host name with a dot, such as north.shop.internal`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'lan.name' })
}
