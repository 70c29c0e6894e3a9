/** How a PC becomes a branch: a code for one branch, good once and for a day; afterwards only its key counts. */
import { fingerprintOf, formatEnrolmentCode, newEnrolmentCode } from '../adapters/access/enrolment-code.ts'
import { keyIdOf, sign, verify, verifyRequest } from '../adapters/access/request-proof.ts'
import { sha256 } from '../adapters/access/sha256.ts'
import { readVerifyingKey } from '../adapters/exchange/signature.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { BranchKeyView, IssuedCode, RevokeOutcome } from '../schemas/protocol/branches.ts'
import type { ChainFacts } from '../schemas/protocol/chain-facts.ts'
import {
  PROOF_TYPES,
  type EnrolmentRequest,
  type NewKeyRequest,
  type RequestClaims,
} from '../schemas/protocol/request-proof.ts'
import { readPublicKey, type BranchKeys } from './branch-keys.ts'
import type { Chain } from './chain.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS enrolment_code (
  branch_id TEXT PRIMARY KEY, hash TEXT NOT NULL, expires_at REAL NOT NULL, used_by TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS enrolment_code_hash ON enrolment_code (hash);`

const CODE_LIVES_MS = 24 * 3600_000

export interface EnrolmentParts {
  readonly store: Store
  readonly keys: BranchKeys
  readonly signing: Chain['signing']
  readonly nowMs: () => number
  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  readonly admit: (branchId: string) => void
  /** @throws OutpostError BRANCH_UNKNOWN */
  readonly refuseUnknown: (branchId: string) => void
  /** What the branch is told. */
  readonly factsFor: (branchId: string) => ChainFacts
  /** Whether the store of a PC is one that must not come any more. */
  readonly isDead: (
    branchId: string,
    store: Pick<NonNullable<EnrolmentRequest['present']>, 'head' | 'epochs'>,
  ) => boolean
  /** Bundles of the branch's PCs are not taken any more. */
  readonly revoked: (branchId: string) => void
  /** A PC that holds nothing of the branch takes its place. */
  readonly replaced: (branchId: string) => void
}

export interface Enrolled {
  readonly facts: ChainFacts
  /** A JWS of headquarters' for the key that was enrolled. */
  readonly proof: string
}

export class Enrolment {
  readonly #parts: EnrolmentParts
  /** Of headquarters' key: whom enrolments are for. */
  readonly #fingerprint: string

  constructor(parts: EnrolmentParts) {
    this.#parts = parts
    this.#fingerprint = fingerprintOf(parts.signing.publicKey)
    parts.store.ensureTable(TABLE)
  }

  /** A branch has one code at a time. @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  issueCode(branchId: string): IssuedCode {
    const { store, signing, nowMs, admit } = this.#parts
    admit(branchId)
    const code = newEnrolmentCode(signing.publicKey)
    const expiresAtMs = nowMs() + CODE_LIVES_MS
    const sql = `INSERT INTO enrolment_code VALUES (?, ?, ?, NULL) ON CONFLICT (branch_id) DO UPDATE SET
      hash = excluded.hash, expires_at = excluded.expires_at, used_by = NULL`
    store.transaction('enrolment', () => store.prepare(sql).run(branchId, sha256(code.secret), expiresAtMs))
    return { code: formatEnrolmentCode(code), expiresAt: new Date(expiresAtMs).toISOString() }
  }

  /** @throws OutpostError BRANCH_UNKNOWN */
  keys(branchId: string): BranchKeyView[] {
    this.#parts.refuseUnknown(branchId)
    return this.#parts.keys.list(branchId)
  }

  /** Shuts the branch's PCs out at once, and ends its code. @throws OutpostError BRANCH_UNKNOWN */
  revoke(branchId: string, dryRun: boolean): RevokeOutcome {
    const { store, keys, refuseUnknown, revoked } = this.#parts
    refuseUnknown(branchId)
    const isGood = ({ state }: BranchKeyView) => state === 'current' || state === 'earlier'
    if (dryRun) return { dryRun, revoked: keys.list(branchId).filter(isGood).length }
    return store.transaction('enrolment', () => {
      store.prepare('DELETE FROM enrolment_code WHERE branch_id = ?').run(branchId)
      revoked(branchId)
      return { dryRun, revoked: keys.revoke(branchId) }
    })
  }

  /**
   * @param proof of the request, by the key that it names
   * @returns its claims, so that number and body can be checked; throws OutpostError UNAUTHENTICATED, BAD_REQUEST
   */
  async proved(proof: string, { publicKey }: EnrolmentRequest, url: string): Promise<RequestClaims> {
    const { key, keyId } = await readPublicKey(publicKey)
    const keyOf = (id: string) => {
      if (id === keyId) return key
      throw new OutpostError('UNAUTHENTICATED', 'the request is signed with another key than it names')
    }
    const expected = { type: PROOF_TYPES.enrolment, audience: this.#fingerprint, keyOf }
    return (await verifyRequest(proof, expected, { method: 'POST', url })).claims
  }

  /** @throws OutpostError ENROLMENT_CODE, REVOKED */
  async enrol({ code, publicKey, present }: EnrolmentRequest): Promise<Enrolled> {
    const { store, keys, nowMs, factsFor, replaced, signing } = this.#parts
    const { keyId } = await readPublicKey(publicKey)
    const branchId = store.transaction('enrolment', () => {
      const sql = `SELECT branch_id AS branchId, expires_at AS expiresAt, used_by AS usedBy FROM enrolment_code WHERE hash = ?`
      const found = store.prepare(sql).get(sha256(code)) as CodeRow | undefined
      // The same PC asks again when it has not heard the answer.
      const isRepeat = found?.usedBy === keyId
      if (!found || found.expiresAt <= nowMs() || (found.usedBy !== null && !isRepeat)) {
        throw new OutpostError('ENROLMENT_CODE', 'this code is not good, or not good any more', { field: 'code' })
      }
      // Before the code is spent and the other branch's PC shut out.
      if (present) this.#refusePresent(found.branchId, present)
      this.#parts.admit(found.branchId)
      if (isRepeat) return keys.find(keyId).branchId
      keys.enrol(found.branchId, keyId, publicKey)
      store.prepare('UPDATE enrolment_code SET used_by = ? WHERE branch_id = ?').run(keyId, found.branchId)
      if (!present) replaced(found.branchId)
      return found.branchId
    })
    const audience = keyId
    const signer = { key: signing.key, keyId: await keyIdOf(readVerifyingKey(signing.publicKey)), audience }
    return { facts: factsFor(branchId), proof: await sign(signer, PROOF_TYPES.enrolled, { branchId, timeMs: nowMs() }) }
  }

  /** @throws OutpostError ENROLMENT_CODE, CLONE_SUSPECTED */
  #refusePresent(branchId: string, present: NonNullable<EnrolmentRequest['present']>): void {
    if (present.branchId !== branchId) {
      const message = `the code is for "${branchId}", and this PC is "${present.branchId}": name another folder with --data`
      throw new OutpostError('ENROLMENT_CODE', message, { field: 'code' })
    }
    if (!this.#parts.isDead(branchId, present)) return
    const message = `another PC has taken the place of this one: enrol into an empty folder (--data); what this one has not sent, take over by a bundle`
    throw new OutpostError('CLONE_SUSPECTED', message, { field: 'data' })
  }

  /** @throws OutpostError UNAUTHENTICATED, REVOKED */
  async rotate(
    branchId: string,
    presentKeyId: string,
    { publicKey, proof }: NewKeyRequest,
  ): Promise<{ keyId: string }> {
    const { key, keyId } = await readPublicKey(publicKey)
    // Who signs with the present key holds the new one too, and makes no other branch's key its own.
    await verify(proof, { type: PROOF_TYPES.newKey, audience: presentKeyId, keyOf: () => key })
    this.#parts.keys.rotate(branchId, keyId, publicKey)
    return { keyId }
  }
}

interface CodeRow {
  readonly branchId: string
  readonly expiresAt: number
  readonly usedBy: string | null
}
