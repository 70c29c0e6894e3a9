/** What an imported record must be, whoever sends it. */
import { z } from 'zod'
import { ORDER_STATES } from '../../schemas/order-status.ts'

const text = z.string().min(1).max(200)
const origin = z.object({ file: z.string().max(500), line: z.number().int() })
const identity = { origin, source: z.string().min(1).max(64), legacyId: z.string().min(1).max(128) }
const money = z.number().int()

const memberRecord = z.object({
  kind: z.literal('member'),
  ...identity,
  name: text,
  phone: z.string().max(100).optional(),
  country: z.string().length(2).optional(),
  email: z.string().max(254).optional(),
  address: z.string().max(500).optional(),
  note: z.string().max(4000).optional(),
  birthday: z.string().max(10).optional(),
  scope: z.enum(['shared', 'private']),
})
const productRecord = z.object({
  kind: z.literal('product'),
  ...identity,
  name: text,
  price: money,
  currency: z.string().length(3),
  unit: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  discontinued: z.boolean().optional(),
})
const orderRecord = z.object({
  kind: z.literal('order'),
  ...identity,
  number: z.string().min(1).max(64),
  placedAt: z.string().max(24),
  memberLegacyId: z.string().min(1).max(128).optional(),
  status: z.enum(ORDER_STATES),
  currency: z.string().length(3),
  lines: z
    .array(
      z.object({
        productLegacyId: z.string().max(100),
        name: z.string().max(200),
        price: money,
        quantity: z.number(),
        discount: money,
      }),
    )
    .max(1000),
  note: z.string().max(4000).optional(),
  branchId: z.string().min(1).max(64).optional(),
})
export const importRecordSchema = z.discriminatedUnion('kind', [memberRecord, productRecord, orderRecord])

export type ImportedRecord = z.infer<typeof importRecordSchema>
export type MemberRow = z.infer<typeof memberRecord>
export type ProductRow = z.infer<typeof productRecord>
export type OrderRow = z.infer<typeof orderRecord>
