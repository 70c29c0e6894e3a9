/** The collections of a chain, in the order in which they are synchronised. */
import type { CollectionDeclaration } from './collection.ts'
import { branches } from './collections/branches.ts'
import { decisions } from './collections/decisions.ts'
import { members } from './collections/members.ts'
import { movements } from './collections/movements.ts'
import { orders } from './collections/orders.ts'
import { products } from './collections/products.ts'
import { requests } from './collections/requests.ts'

export const COLLECTIONS: readonly CollectionDeclaration[] = [
  decisions,
  members,
  requests,
  orders,
  movements,
  products,
  branches,
]
