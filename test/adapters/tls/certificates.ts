/** Certificates as tests need them: any dates, any chain. */
import { generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto'
import { authority, serverAt, writeCertificate } from '../../../adapters/tls/write-certificate.ts'

export const DAY_MS = 86_400_000

export interface Issued {
  readonly subject: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly certificate: X509Certificate
}

/** From and to, days from now. */
export type Dates = readonly [number, number]
export const VALID: Dates = [-30, 30]
export const EXPIRED: Dates = [-30, -1]
/** As a PC sees it that believes to be in the year 2000. */
export const NOT_YET: Dates = [1, 30]

/** One that issues itself where no issuer is given. */
export function issue(subject: string, dates: Dates, extensions: readonly Buffer[], issuer?: Issued): Issued {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [notBefore, notAfter] = dates.map((days) => new Date(Date.now() + days * DAY_MS)) as [Date, Date]
  const own = { subject, ...keys }
  const certificate = writeCertificate({ ...own, notBefore, notAfter, extensions, issuer: issuer ?? own })
  return { ...own, certificate }
}

export const issueRoot = (dates = VALID) => issue('Test root', dates, authority(1))
export const issueServer = (issuer: Issued | undefined, dates = VALID, name = 'localhost') =>
  issue(name, dates, serverAt(name), issuer)

export const pem = (...chain: readonly Issued[]) => chain.map(({ certificate }) => certificate.toString()).join('')
export const keyPem = ({ privateKey }: Issued) => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
