/** Orders as earlier programs declared them, for stores and pages that such a program has written. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { orders } from '../../schemas/collections/orders.ts'

const { moves: _moves, ...properties } = orders.schema.properties
const { migrations: _migrations, ...declaration } = orders
const required = orders.schema.required as readonly string[]

/** Before orders had moves. */
export const ORDERS_0: CollectionDeclaration = {
  ...declaration,
  schema: { ...orders.schema, version: 0, properties, required: required.filter((field) => field !== 'moves') },
  merge: { ...orders.merge, sets: [] },
}
