/** A branch's devices and staff, as its node tells them: the bodies of `/api/access`, `/api/staff` and `/api/devices`. */
import type { StaffRole } from '../access.ts'

/** `GET /api/access`: how a page stands with its node, before anything else is asked. */
export interface AccessFacts {
  readonly paired: boolean
  /** This browser was shut out as lost: it is to delete what is on it. */
  readonly lost?: true
  readonly device?: { readonly id: string; readonly name: string }
  readonly staff?: StaffIdentity
  /** Nobody of the staff is a manager: whoever pairs the next device becomes the first. */
  readonly needsManager: boolean
}

export interface StaffIdentity {
  readonly id: string
  readonly name: string
  readonly role: StaffRole
}

/** `GET /api/staff`: who may log in. */
export interface StaffChoice extends StaffIdentity {
  /** Another one for each PIN that the person has had; tells nothing of it. */
  readonly pinVersion: string
  /** PHC string of the PIN (argon2id), for browsers where somebody is logged in: they check it while the node is away. */
  readonly verifier?: string
}

/** `GET /api/staff/all`: for managers. */
export interface StaffMember extends StaffIdentity {
  readonly closed: boolean
}

/** `POST /api/pairing-codes`. */
export interface PairingCode {
  /** Shown in two groups, such as `7K3M-9QXZ`. */
  readonly code: string
  readonly expiresAt: string
}

/** `POST /api/pairing`. */
export interface PairingAnswer {
  readonly device: { readonly id: string; readonly name: string }
  /** Where a program asked for it; a browser gets a cookie. */
  readonly token?: string
}

/** `GET /api/devices`. */
export interface PairedDevice {
  readonly id: string
  readonly name: string
  /** A program deletes nothing when it is shut out as lost. */
  readonly holder: 'browser' | 'program'
  readonly pairedAt: string
  readonly lastSeenAt?: string
}

/** `GET /api/devices/shut-out`. */
export interface ShutOutDevice {
  readonly id: string
  readonly name: string
  readonly pairedAt: string
  readonly shutOutAt: string
}

export const NAME_LENGTH = 100
/** The least of each role, and the most: who has a manager's PIN can do more, and the hashes stand on every device. */
export const PIN_LENGTHS = { cashier: 4, manager: 6, most: 10 } as const

export type PinProblem = 'form' | 'guessable'

/** Why a PIN is refused; `undefined` for one that is taken. */
export function pinProblem(pin: string, role: StaffRole): PinProblem | undefined {
  if (!/^[0-9]*$/.test(pin) || pin.length < PIN_LENGTHS[role] || pin.length > PIN_LENGTHS.most) return 'form'
  return isGuessable(pin) ? 'guessable' : undefined
}

/** What a thief tries first: one digit over and over, digits in a row, a short part repeated, and the favourites. */
function isGuessable(pin: string): boolean {
  if (FAVOURITES.has(pin)) return true
  const steps = [...pin].slice(1).map((digit, at) => (Number(digit) - Number(pin[at]) + 10) % 10)
  if (steps.every((step) => step === steps[0]) && [0, 1, 9].includes(steps[0]!)) return true
  return [1, 2, 3, 4, 5].some(
    (length) => length < pin.length && pin === pin.slice(0, length).repeat(pin.length / length),
  )
}

/** Keypad patterns, and what is lucky or said in Chinese. */
const FAVOURITES: ReadonlySet<string> = new Set([
  '1122',
  '1230',
  '1314',
  '2580',
  '0852',
  '1379',
  '5201314',
  '112233',
  '123321',
  '147258',
  '147258369',
  '159753',
  '520131',
  '789456',
  '456123',
  '1234554321',
])
