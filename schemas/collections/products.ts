/** Products: the catalogue that headquarters keeps and every branch sells from. */
import {
  CURRENCY_PROPERTY,
  ID_PROPERTY,
  MONEY_PROPERTY,
  SIDECAR_PROPERTIES,
  type CollectionDeclaration,
} from '../collection.ts'
import { SHARED_SCOPE } from '../brand.ts'

export interface ProductDocument {
  id: string
  name: string
  /** Minor units of `currency`. */
  price: number
  currency: string
  unit?: string
  category?: string
  discontinued?: boolean
}

export const products: CollectionDeclaration = {
  name: 'products',
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      name: { type: 'string', maxLength: 200 },
      price: { ...MONEY_PROPERTY, minimum: 0 },
      currency: CURRENCY_PROPERTY,
      unit: { type: 'string', maxLength: 100 },
      category: { type: 'string', maxLength: 100 },
      discontinued: { type: 'boolean' },
      ...SIDECAR_PROPERTIES,
    },
    required: ['id', 'name', 'price', 'currency'],
    indexes: ['name'],
    additionalProperties: false,
  },
  syncClass: 20,
  direction: 'down',
  scope: SHARED_SCOPE,
  merge: {
    key: 'id',
    immutable: [],
    registers: { price: ['price', 'currency'] },
    sets: [],
    hasStatus: false,
    authority: [],
  },
  mirror: [
    {
      table: 'product',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        name: { from: 'name', type: 'text' },
        price: { from: 'price', type: 'money' },
        currency: { from: 'currency', type: 'text' },
        unit: { from: 'unit', type: 'text' },
        category: { from: 'category', type: 'text' },
        discontinued: { from: 'discontinued', type: 'boolean' },
      },
    },
  ],
}
