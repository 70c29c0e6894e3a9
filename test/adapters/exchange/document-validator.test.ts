import { expect, it } from 'vitest'
import { createDocumentValidator } from '../../../adapters/exchange/document-validator.ts'
import { orders } from '../../../schemas/collections/orders.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import type { Doc } from '../../../schemas/json.ts'

const free = { ...orders, name: 'free', schema: { ...orders.schema, required: [], additionalProperties: true } }
const validate = createDocumentValidator([free as CollectionDeclaration])

function nested(levels: number): Doc {
  let value: unknown = 'leaf'
  for (let level = 1; level < levels; level++) value = { value }
  return { id: 'd1', clock: { r: {} }, more: value }
}

it('refuses what is nested deeper than a request may carry, so that one document never spoils the requests of others', () => {
  expect(validate(free as CollectionDeclaration, nested(48))).toBeUndefined()
  const refusal = validate(free as CollectionDeclaration, nested(49))
  expect(refusal).toEqual({ code: 'DOCUMENT_INVALID', reason: 'the document is nested deeper than 48 levels' })
})

it('refuses the schema of a chain that is none before there is a document, so that a node says so at its start', () => {
  const wrong = { ...free, schema: { ...free.schema, properties: { note: { type: 'words' } } } }
  expect(() => createDocumentValidator([wrong as unknown as CollectionDeclaration])).toThrow(/schema is invalid/)
})
