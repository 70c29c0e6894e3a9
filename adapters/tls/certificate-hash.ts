/** What a certificate is named by between headquarters and branches. */
import { sha256 } from '../access/sha256.ts'

/** @returns SHA-256 in base64url */
export function certificateHash(der: Uint8Array): string {
  return sha256(der)
}
