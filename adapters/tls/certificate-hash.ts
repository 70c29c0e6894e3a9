/** What a certificate is named by between headquarters and branches. */
import { createHash } from 'node:crypto'

/** @returns SHA-256 in base64url */
export function certificateHash(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url')
}
