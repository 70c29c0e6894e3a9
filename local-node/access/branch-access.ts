/** Who may do what at a branch: paired devices, and the staff that logs in at them. Decides without the internet. */
import type { Request } from 'express'
import type { AuditLog } from '../../adapters/access/audit-log.ts'
import { SessionBook } from '../../adapters/access/session-book.ts'
import { sha256 } from '../../adapters/access/sha256.ts'
import { TokenBook } from '../../adapters/access/token-book.ts'
import { readAuthorization } from '../../adapters/http/authorization.ts'
import { readCookie } from '../../adapters/http/cookies.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { DevicePrincipal, Principal } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { AccessFacts, StaffChoice } from '../../schemas/protocol/staff.ts'
import { DeviceDesk } from './device-desk.ts'
import { PairingCodes } from './pairing-codes.ts'
import { ShutOutDevices } from './shut-out-devices.ts'
import { StaffBook } from './staff-book.ts'
import { StaffDesk } from './staff-desk.ts'

export interface BranchAccessParts {
  readonly store: Store
  readonly branchId: string
  readonly audit: AuditLog
  /** The node's time, which headquarters tells. */
  readonly nowMs: () => number
}

export const SESSION_S = 12 * 3600

export class BranchAccess {
  readonly devices: DeviceDesk
  readonly staff: StaffDesk
  /** A host may have the nodes of several branches, and cookies know no ports. */
  readonly cookies: { readonly device: string; readonly staff: string }
  readonly #staffBook: StaffBook
  readonly #sessions: SessionBook
  readonly #tokens: TokenBook
  readonly #shutOut: ShutOutDevices

  constructor({ store, branchId, audit, nowMs }: BranchAccessParts) {
    this.cookies = { device: `outpost-device-${branchId}`, staff: `outpost-staff-${branchId}` }
    this.#tokens = new TokenBook(store, 'device', nowMs)
    this.#shutOut = new ShutOutDevices(store, nowMs)
    this.#staffBook = new StaffBook(store)
    this.#sessions = new SessionBook(store, { name: 'staff_session', absoluteMs: SESSION_S * 1000 }, nowMs)
    const staff = this.#staffBook
    this.staff = new StaffDesk({ store, staff, sessions: this.#sessions, audit, nowMs })
    const codes = new PairingCodes(nowMs)
    const [tokens, shutOut] = [this.#tokens, this.#shutOut]
    this.devices = new DeviceDesk({ store, tokens, shutOut, codes, staff, staffDesk: this.staff, audit })
  }

  /** The device whose token a request shows, with whoever is logged in at it; `undefined` for one that is not let in. */
  whoIs(req: Request): DevicePrincipal | undefined {
    const shown = readAuthorization(req)
    const token = shown.kind === 'bearer' ? shown.token : readCookie(req, this.cookies.device)
    const device = token === undefined ? undefined : this.#tokens.find(token)
    if (!device) return undefined
    const staff =
      device.holder === 'browser' ? this.#staffAt(device.id, readCookie(req, this.cookies.staff)) : undefined
    return { kind: 'device', id: device.id, name: device.name, ...(staff && { staff }) }
  }

  /** The browser at which people log in; a command needs no login, and a program has no staff. @throws OutpostError FORBIDDEN */
  browserOf(principal: Principal): DevicePrincipal {
    if (principal.kind === 'device' && this.#tokens.get(principal.id)?.holder === 'browser') return principal
    throw new OutpostError('FORBIDDEN', 'this is for the staff at a paired browser')
  }

  /** @param token that a browser shows */
  facts(principal: Principal, token: string | undefined): AccessFacts {
    const needsManager = !this.#staffBook.hasManager()
    if (principal.kind !== 'device') {
      const isLost = token !== undefined && this.#shutOut.isLost(token)
      return { paired: false, ...(isLost && { lost: true }), needsManager }
    }
    const { id, name, staff } = principal
    return { paired: true, device: { id, name }, ...(staff && { staff }), needsManager }
  }

  /** @param withVerifiers for a device that is to know people while the node is away */
  choices(withVerifiers: boolean): StaffChoice[] {
    const open = this.#staffBook.list().filter(({ closed }) => !closed)
    return open.map(({ id, name, role, pinHash }) => ({
      id,
      name,
      role,
      pinVersion: versionOf(pinHash),
      ...(withVerifiers && { verifier: pinHash }),
    }))
  }

  #staffAt(deviceId: string, token: string | undefined): DevicePrincipal['staff'] {
    const session = token === undefined ? undefined : this.#sessions.find(token)
    // A cookie that was copied to another device opens nothing there.
    if (session?.deviceId !== deviceId) return undefined
    const entry = this.#staffBook.find(session.subjectId)
    return entry && !entry.closed ? { id: entry.id, name: entry.name, role: entry.role } : undefined
  }
}

/** Nobody can try PINs with it: the salt of the hash is as long as a key, and nobody who asks knows it. */
function versionOf(pinHash: string): string {
  return sha256(pinHash)
}

/** A browser does; a program shows its token. */
export function showsCookie(req: Request): boolean {
  return readAuthorization(req).kind === 'nothing'
}
