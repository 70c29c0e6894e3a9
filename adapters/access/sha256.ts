/** The one form in which stores, files and proofs hold a hash. */
import { createHash } from 'node:crypto'

/** @returns base64url. Of a secret only where it is as long as a key: a short one is found by trying, see `password-hash.ts`. */
export function sha256(of: string | Uint8Array): string {
  return createHash('sha256').update(of).digest('base64url')
}
