/** What is asked and answered about lists of documents at headquarters, a page at a time. */
import { z } from 'zod'
import type { OrderDocument } from '../collections/orders.ts'
import type { ProductDocument } from '../collections/products.ts'

const limit = z.coerce.number().int().min(1).max(200).default(50)

export const productListQuerySchema = z.strictObject({
  /** Words that stand in the name, the category or the id. */
  search: z.string().max(200).default(''),
  discontinued: z.enum(['true', 'false']).optional(),
  after: z.string().max(2000).optional(),
  limit,
})
export type ProductListQuery = z.infer<typeof productListQuerySchema>

export interface ProductPage {
  /** By name. */
  readonly products: readonly ProductDocument[]
  /** Where the next page begins; there may be more even where this one is empty. */
  readonly next?: string
  /** The chain's, ISO 4217. */
  readonly currency: string
}

export const orderListQuerySchema = z.strictObject({
  branch: z.string().min(1).max(64).optional(),
  before: z.coerce.number().int().positive().optional(),
  limit,
})
export type OrderListQuery = z.infer<typeof orderListQuerySchema>

export interface OrderInList extends Pick<
  OrderDocument,
  'id' | 'branchId' | 'number' | 'placedAt' | 'status' | 'total' | 'currency' | 'source' | 'note'
> {
  /** How many. */
  readonly lines: number
}

export interface OrderPage {
  /** What headquarters has taken last first. */
  readonly orders: readonly OrderInList[]
  /** Where the next page begins; there may be more even where this one is empty. */
  readonly next?: number
}
