/** What is asked about devices and staff, as the node takes it. */
import { z } from 'zod'
import { STAFF_ROLES } from '../../schemas/access.ts'
import { looksLikePhone } from '../../schemas/phone-like.ts'
import { NAME_LENGTH } from '../../schemas/protocol/staff.ts'

export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(NAME_LENGTH)
  .refine((text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text), 'letters, digits, signs and spaces only')
  .refine((text) => !looksLikePhone(text), 'a name, and not a phone: names stand in the audit log')

/** Which ones are refused is decided elsewhere. */
const pin = z.string().max(64)

export const idParams = z.strictObject({ id: z.string().min(1).max(64) })
export const nothing = z.strictObject({})
export const revokeBody = z.strictObject({ lost: z.literal(true).optional() })
export const pairingBody = z.strictObject({
  code: z.string().max(32),
  name: nameSchema,
  manager: z.strictObject({ name: nameSchema, pin }).optional(),
  bearer: z.boolean().optional(),
})
export const loginBody = z.strictObject({ staffId: z.string().max(64), pin })
export const newStaffBody = z.strictObject({ name: nameSchema, role: z.enum(STAFF_ROLES), pin })
export const pinBody = z.strictObject({ pin })
export const ownPinBody = z.strictObject({ present: pin, pin })
export const roleBody = z.strictObject({ role: z.enum(STAFF_ROLES) })
