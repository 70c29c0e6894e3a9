/** What the guards of both nodes have in common: commands of the own machine, limits, and the audit log. */
import type { Request, Response } from 'express'
import { actorOf, permissionOf, type Access, type Principal } from '../../schemas/access.ts'
import { errorStatus } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { AuditLog } from '../access/audit-log.ts'
import type { CommandToken } from '../access/command-token.ts'
import { readAuthorization, type Shown } from './authorization.ts'
import type { RequestLimits } from './request-limits.ts'
import type { Asked, Guard, RouteSpec } from './route-table.ts'

/** Who it is, and who it would be if it asked again later: `undefined` for nobody who is let in. */
export interface Recognised {
  readonly principal: Principal
  readonly later: () => Principal | undefined
}

export interface NodeGuardParts {
  readonly commandToken: CommandToken
  readonly limits: RequestLimits
  readonly audit: AuditLog
}

export abstract class NodeGuard implements Guard {
  readonly #parts: NodeGuardParts
  readonly #later = new WeakMap<Principal, Recognised['later']>()

  constructor(parts: NodeGuardParts) {
    this.#parts = parts
  }

  /** @throws OutpostError where something was shown that does not hold; `undefined` where nothing was */
  protected abstract recognise(shown: Shown, req: Request, res: Response): Promise<Recognised | undefined>

  async authenticate(req: Request, res: Response): Promise<Principal> {
    const { limits } = this.#parts
    const address = req.ip ?? ''
    const recognised = await this.#recognised(req, res).catch(async (error: unknown) => {
      if (isRefusal(error)) {
        await limits.noteRefused(address)
        await limits.refuseGuesser(address)
      }
      throw error
    })
    // Many may share the address of a guesser: whoever has proved who it is does not pay for a neighbour.
    if (!recognised) {
      await limits.refuseGuesser(address)
      await limits.countUnknown(address)
      return NOBODY
    }
    const { principal, later } = recognised
    // What a machine asks of itself it may ask as often as it likes.
    if (principal.kind !== 'command') await limits.countKnown(nameOf(principal))
    this.#later.set(principal, later)
    return principal
  }

  isStillAdmitted(principal: Principal, access: Access): boolean {
    const now = principal.kind === 'nobody' ? principal : this.#later.get(principal)?.()
    return now !== undefined && permissionOf(access, now) === 'granted'
  }

  countStream(principal: Principal): () => void {
    return this.#parts.limits.countStream(nameOf(principal))
  }

  noteDone({ audit }: RouteSpec, { principal, params, about }: Asked<unknown, unknown, unknown>): void {
    const { subject = (params as { readonly id?: string } | undefined)?.id, detail } = about
    this.#parts.audit.note({
      actor: actorOf(principal),
      action: audit ?? '',
      ...(subject !== undefined && { subject }),
      ...(detail && { detail }),
    })
  }

  async #recognised(req: Request, res: Response): Promise<Recognised | undefined> {
    const shown = readAuthorization(req)
    if (shown.kind === 'other') {
      throw new OutpostError('UNAUTHENTICATED', 'the header authorization is of no kind that is known here')
    }
    if (shown.kind === 'bearer' && this.#parts.commandToken.matches(shown.token)) {
      const principal: Principal = { kind: 'command' }
      return { principal, later: () => principal }
    }
    return this.recognise(shown, req, res)
  }
}

const NOBODY: Principal = { kind: 'nobody' }

/** A number that is too old is nobody's fault; and a PC that was shut out has to hear that, whoever shares its address. */
const BLAMELESS: ReadonlySet<string> = new Set(['NONCE_NEEDED', 'REVOKED'])

/** Of those who guess. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof OutpostError) || BLAMELESS.has(error.code)) return false
  const status = errorStatus(error.code)
  return status === 401 || status === 403
}

function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case 'nobody':
    case 'command':
      return principal.kind
    case 'branch':
      return principal.keyId
    default:
      return `${principal.kind} ${principal.id}`
  }
}
