/** What people do about a branch's devices: let one in with a code, look at them, shut one out. */
import type { AuditLog } from '../../adapters/access/audit-log.ts'
import { sha256 } from '../../adapters/access/sha256.ts'
import type { TokenBook } from '../../adapters/access/token-book.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { PairedDevice, PairingCode, ShutOutDevice } from '../../schemas/protocol/staff.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { PairingCodes } from './pairing-codes.ts'
import type { ShutOutDevices } from './shut-out-devices.ts'
import type { StaffBook } from './staff-book.ts'
import { hashPin, type StaffDesk } from './staff-desk.ts'

export interface DeviceDeskParts {
  readonly store: Store
  readonly tokens: TokenBook
  readonly shutOut: ShutOutDevices
  readonly codes: PairingCodes
  readonly staff: StaffBook
  readonly staffDesk: StaffDesk
  readonly audit: AuditLog
}

export interface Pairing {
  readonly code: string
  /** Where the device is: wrong codes are counted by it. */
  readonly address: string
  readonly name: string
  /** Who becomes the first manager. */
  readonly manager?: { readonly name: string; readonly pin: string } | undefined
  /** Programs have no staff. */
  readonly bearer?: boolean | undefined
  /** The token that a browser has from an earlier pairing. */
  readonly former?: string | undefined
}

export class DeviceDesk {
  readonly #parts: DeviceDeskParts
  /** By the SHA-256 of their tokens. */
  readonly #emptying = new Set<string>()

  constructor(parts: DeviceDeskParts) {
    this.#parts = parts
  }

  /** @param actor as the audit log names it */
  issueCode(actor: string): PairingCode {
    const { code, expiresMs } = this.#parts.codes.issue()
    this.#parts.audit.note({ actor, action: 'device.code' })
    return { code, expiresAt: new Date(expiresMs).toISOString() }
  }

  /**
   * Lets a device in. A code is used up by the pairing that succeeds.
   *
   * @throws OutpostError PAIRING_CODE, TOO_MANY_REQUESTS, BAD_REQUEST, ACCOUNT_EXISTS
   */
  async pair(pairing: Pairing): Promise<{ id: string; name: string; token: string }> {
    const { code, address, name, manager, bearer = false, former } = pairing
    const { audit, codes, shutOut, staff, staffDesk, store, tokens } = this.#parts
    codes.check(code, address)
    if (!bearer && !manager && !staff.hasManager()) {
      throw new OutpostError('BAD_REQUEST', 'this branch has no manager yet: the first device brings one', {
        field: 'manager',
      })
    }
    const pin = manager && (await hashPin(manager.pin, 'manager'))
    return codes.use(code, address, () =>
      store.join('access', () => {
        const actor = `device ${name}`
        if (manager && pin) {
          if (staff.hasManager()) throw new OutpostError('ACCOUNT_EXISTS', 'this branch has a manager already')
          staffDesk.addHashed(actor, { name: manager.name, role: 'manager', pin })
        }
        const holder = bearer ? 'program' : 'browser'
        const { id, token } = tokens.add({ name, holder })
        if (former !== undefined) shutOut.forget(former)
        audit.note({ actor, action: 'device.pair', subject: id, detail: { as: holder } })
        return { id, name, token }
      }),
    )
  }

  /** The one that was paired last first. */
  list(): PairedDevice[] {
    const entries = this.#parts.tokens.list().toReversed()
    return entries.map(({ id, name, holder, createdMs, lastSeenMs }) => ({
      id,
      name,
      holder,
      pairedAt: new Date(createdMs).toISOString(),
      ...(lastSeenMs !== undefined && { lastSeenAt: new Date(lastSeenMs).toISOString() }),
    }))
  }

  /** The browsers that were shut out and not declared lost, the last one first; a program has nothing to delete. */
  listShutOut(): ShutOutDevice[] {
    return this.#parts.shutOut.list().map(({ id, name, pairedMs, shutOutMs }) => ({
      id,
      name,
      pairedAt: new Date(pairedMs).toISOString(),
      shutOutAt: new Date(shutOutMs).toISOString(),
    }))
  }

  /**
   * @param isLost it deletes what is on it once it hears of it, also where it was shut out before; a program would not
   * @throws OutpostError DEVICE_UNKNOWN, BAD_REQUEST
   */
  revoke(actor: string, id: string, isLost = false): void {
    const { store, tokens, shutOut, audit } = this.#parts
    store.join('access', () => {
      const paired = tokens.get(id)
      const device = paired ?? (isLost ? shutOut.find(id) : undefined)
      if (!device) throw new OutpostError('DEVICE_UNKNOWN', 'no device has this id', { field: 'id' })
      if (isLost && paired?.holder === 'program') {
        throw new OutpostError('BAD_REQUEST', 'a program deletes nothing: shut it out without that', { field: 'lost' })
      }
      if (paired?.holder === 'browser') shutOut.note(id)
      if (isLost) shutOut.declareLost(id)
      tokens.revoke(id)
      const detail = { name: device.name, ...(isLost && { as: 'lost' }) }
      audit.note({ actor, action: 'device.revoke', subject: id, detail })
    })
  }

  /** It was shut out at itself, by somebody who was there, and empties itself now. @param token in clear */
  expectEmptied(token: string): void {
    this.#emptying.add(sha256(token))
  }

  /**
   * A browser says that nothing is on it any more: it is listed no longer as one that can be declared lost. Of one that
   * somebody else shut out nobody takes that: whoever holds it may have stolen it.
   *
   * @param token in clear
   */
  noteEmptied(token: string): boolean {
    if (!this.#emptying.delete(sha256(token))) return false
    this.#parts.shutOut.forget(token)
    return true
  }
}
