/** The collections of a chain, in the order in which they are synchronised. */
import type { CollectionDeclaration } from './collection.ts'
import { branches } from './collections/branches.ts'
import { members } from './collections/members.ts'
import { movements } from './collections/movements.ts'
import { orders } from './collections/orders.ts'
import { products } from './collections/products.ts'

export const COLLECTIONS: readonly CollectionDeclaration[] = [members, orders, movements, products, branches]
