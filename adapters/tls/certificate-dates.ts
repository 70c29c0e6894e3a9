/** When a certificate should have been renewed. */
import type { X509Certificate } from 'node:crypto'

const DAY_MS = 86_400_000
/** Who renews by himself does so earlier; certificates of six days leave two. */
const NOTICE_MS = 14 * DAY_MS
const NOTICE_SHARE = 1 / 3

/** What a person must know of its dates; `undefined` while there is nothing to do. */
export function warningOf(certificate: X509Certificate, nowMs: number): string | undefined {
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  if (nowMs > toMs) return 'the certificate has expired: renew it'
  if (nowMs < fromMs) return 'the certificate is not valid yet: is the clock right?'
  const leftMs = toMs - nowMs
  if (leftMs > Math.min(NOTICE_MS, (toMs - fromMs) * NOTICE_SHARE)) return undefined
  return `the certificate ends in ${Math.floor(leftMs / DAY_MS)} days: renew it`
}
