/** Who asks something of a branch's node: a paired device, with whoever is logged in at it. */
import type { Request } from 'express'
import type { Shown } from '../adapters/http/authorization.ts'
import { NodeGuard, type NodeGuardParts, type Recognised } from '../adapters/http/node-guard.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { BranchAccess } from './access/branch-access.ts'

export class BranchGuard extends NodeGuard {
  readonly #access: BranchAccess

  constructor(parts: NodeGuardParts & { readonly access: BranchAccess }) {
    super(parts)
    this.#access = parts.access
  }

  protected recognise(shown: Shown, req: Request): Promise<Recognised | undefined> {
    if (shown.kind === 'proof') {
      throw new OutpostError('UNAUTHENTICATED', 'signed requests are for headquarters')
    }
    const principal = this.#access.whoIs(req)
    if (principal) {
      return Promise.resolve({ principal, later: () => this.#access.whoIs(req) })
    }
    if (shown.kind === 'bearer') throw new OutpostError('NOT_PAIRED', 'nobody here has this token')
    return Promise.resolve(undefined)
  }
}
