/** Branches: headquarters' list; each branch holds its own entry. */
import { ID_PROPERTY, SIDECAR_PROPERTIES, type CollectionDeclaration } from '../collection.ts'

export interface BranchDocument {
  id: string
  name: string
  /** A disabled branch is told so at its next heartbeat and exchanges nothing. */
  enabled: boolean
  /** It is not expected any more: nothing waits for it. */
  retired?: boolean
  /** ISO 3166-1 alpha-2; phones without a country code are read in it. */
  country?: string
}

export const branches: CollectionDeclaration = {
  name: 'branches',
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      name: { type: 'string', maxLength: 200 },
      enabled: { type: 'boolean' },
      retired: { type: 'boolean' },
      country: { type: 'string', maxLength: 2 },
      ...SIDECAR_PROPERTIES,
    },
    required: ['id', 'name', 'enabled'],
    additionalProperties: false,
  },
  syncClass: 10,
  direction: 'down',
  scope: { field: 'id' },
  merge: { key: 'id', immutable: [], registers: {}, sets: [], hasStatus: false, authority: [] },
  mirror: [
    {
      table: 'branch',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        name: { from: 'name', type: 'text' },
        enabled: { from: 'enabled', type: 'boolean' },
        country: { from: 'country', type: 'text' },
      },
    },
  ],
}
