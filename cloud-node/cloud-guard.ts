/** Who asks something of headquarters: a branch by its signature, a program by its token, a person by the session. */
import type { Request, Response } from 'express'
import { decodeProtectedHeader } from 'jose'
import type { RequestNonces } from '../adapters/access/request-nonces.ts'
import { verifyRequest } from '../adapters/access/request-proof.ts'
import type { TokenBook } from '../adapters/access/token-book.ts'
import type { Shown } from '../adapters/http/authorization.ts'
import { readCookie } from '../adapters/http/cookies.ts'
import { NodeGuard, type NodeGuardParts, type Recognised } from '../adapters/http/node-guard.ts'
import type { BranchPrincipal, Principal } from '../schemas/access.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { NONCE_HEADER, PROOF_TYPES } from '../schemas/protocol/request-proof.ts'
import { SESSION_COOKIE, type Accounts } from './accounts.ts'
import type { BranchKeys } from './branch-keys.ts'

export interface CloudGuardParts extends NodeGuardParts {
  /** Whom requests are for: the id of headquarters' key. */
  readonly audience: string
  readonly keys: BranchKeys
  readonly nonces: RequestNonces
  readonly programs: TokenBook
  readonly accounts: Accounts
}

export class CloudGuard extends NodeGuard {
  readonly #parts: CloudGuardParts

  constructor(parts: CloudGuardParts) {
    super(parts)
    this.#parts = parts
  }

  protected recognise(shown: Shown, req: Request, res: Response): Promise<Recognised | undefined> {
    if (shown.kind === 'proof') return this.#branch(shown.jws, req, res)
    return Promise.resolve(shown.kind === 'bearer' ? this.#program(shown.token) : this.#account(req))
  }

  async #branch(jws: string, req: Request, res: Response): Promise<Recognised | undefined> {
    // That of an enrolment is checked where its key is known.
    if (typeOf(jws) === PROOF_TYPES.enrolment) return undefined
    const { keys, nonces, audience } = this.#parts
    const expected = { type: PROOF_TYPES.request, audience, keyOf: (keyId: string) => keys.find(keyId).key }
    const asked = { method: req.method, url: req.originalUrl }
    const { claims, keyId } = await verifyRequest(jws, expected, asked)
    if (claims.nonce !== nonces.current()) res.setHeader(NONCE_HEADER, nonces.current())
    nonces.use(claims.nonce, keyId, claims.jti)
    const { branchId } = keys.find(keyId)
    const principal: BranchPrincipal = { kind: 'branch', branchId, keyId, bodyHash: claims.bsh }
    return { principal, later: () => (isGood(() => keys.find(keyId)) ? principal : undefined) }
  }

  #program(token: string): Recognised {
    const { programs } = this.#parts
    const found = programs.find(token)
    if (!found?.branchId) throw new OutpostError('UNAUTHENTICATED', 'nobody here has this token')
    const { id, name, branchId } = found
    const principal: Principal = { kind: 'program', id, name, branchId }
    return { principal, later: () => (programs.find(token) ? principal : undefined) }
  }

  #account(req: Request): Recognised | undefined {
    const { accounts } = this.#parts
    const token = readCookie(req, SESSION_COOKIE)
    if (token === undefined) return undefined
    const principal = ASKED_BY_PAGES.has(req.path) ? accounts.stillIs(token) : accounts.whoIs(token)
    return principal && { principal, later: () => accounts.stillIs(token) }
  }
}

/** A page that is open asks these by itself, again and again: nobody need sit before it. */
const ASKED_BY_PAGES: ReadonlySet<string> = new Set(['/api/status', '/api/status/stream'])

function typeOf(jws: string): string | undefined {
  try {
    return decodeProtectedHeader(jws).typ
  } catch {
    return undefined
  }
}

function isGood(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}
