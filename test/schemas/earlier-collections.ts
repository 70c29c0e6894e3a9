/** All collections as earlier programs declared them. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { MEMBERS_0 } from './earlier-members.ts'
import { ORDERS_0 } from './earlier-orders.ts'

/** Before members had follow-ups and orders had moves. */
export const COLLECTIONS_0: readonly CollectionDeclaration[] = COLLECTIONS.map(
  (one) => [MEMBERS_0, ORDERS_0].find(({ name }) => name === one.name) ?? one,
)
