/** What is asked and answered about headquarters' accounts, logins and the audit log. */
import { z } from 'zod'
import { ACCOUNT_ROLES, type AccountRole } from '../access.ts'
import { looksLikePhone } from '../phone-like.ts'

export const MIN_PASSWORD = 12
const MAX_PASSWORD = 200
const MAX_NAME = 60

/** Of accounts and programs. */
export const accountName = z
  .string()
  .trim()
  .min(1)
  .max(MAX_NAME)
  .refine((text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text), 'letters, digits, signs and spaces only')
  .refine((text) => !looksLikePhone(text), 'a name, and not a phone: names stand in the audit log')
/** As names are compared: two people are not told apart by how one letter is written. */
export function accountKey(given: string): string {
  return given.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()
}

/** What was once set: rules that came later do not keep anybody out. */
const presentPassword = z.string().min(1).max(MAX_PASSWORD)
const newPassword = z.string().min(MIN_PASSWORD).max(MAX_PASSWORD)
const role = z.enum(ACCOUNT_ROLES)

export const loginSchema = z.strictObject({ name: accountName, password: presentPassword })
export const ownPasswordSchema = z.strictObject({ present: presentPassword, password: newPassword })
export const newAccountSchema = z.strictObject({ name: accountName, role, password: newPassword })
export const accountRoleSchema = z.strictObject({ role })
export const accountPasswordSchema = z.strictObject({ password: newPassword })
export const emptyBodySchema = z.strictObject({})
export const accountParamsSchema = z.strictObject({ id: z.string().min(1).max(64) })

export type NewAccount = z.infer<typeof newAccountSchema>

export interface AccountView {
  readonly id: string
  readonly name: string
  readonly role: AccountRole
  readonly closed: boolean
  readonly createdAt: string
  /** The last login, as far as there was one. */
  readonly seenAt?: string
}

/** Who is logged in: the body of `POST /api/session`. */
export interface SessionAccount {
  readonly name: string
  readonly role: AccountRole
}

/** The body of `GET /api/session` at headquarters. */
export interface CloudSession {
  readonly account?: SessionAccount
}

export const MAX_AUDIT_PAGE = 1000

export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_AUDIT_PAGE).default(100),
  before: z.coerce.number().int().positive().optional(),
})

export interface AuditEntry {
  readonly number: number
  readonly at: string
  /** What it is and how it is called, such as `account Li`; `nobody` where it was not known. */
  readonly actor: string
  readonly action: string
  /** The id of what it was done to. */
  readonly subject?: string
  readonly detail?: Readonly<Record<string, string>>
}

/** The body of `GET /api/audit`. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[]
}
