/** A collection of a chain's own, as its file with further declarations. */

/** The whole of what a chain writes to replicate something new. */
export const VISITS = `
export default {
  name: 'visits',
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 64 },
      branchId: { type: 'string', maxLength: 64 },
      guests: { type: 'integer', minimum: 0, maximum: 1000 },
      clock: { type: 'object', additionalProperties: true },
    },
    required: ['id', 'branchId', 'guests'],
    additionalProperties: false,
  },
  syncClass: 30,
  direction: 'both',
  scope: { field: 'branchId' },
  merge: { key: 'id', immutable: ['branchId'], registers: {}, sets: [], hasStatus: false, authority: [] },
  mirror: [
    {
      table: 'visit',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        branch_id: { from: 'branchId', type: 'key' },
        guests: { from: 'guests', type: 'integer' },
      },
    },
  ],
}
`
