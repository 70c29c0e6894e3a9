/** Checks documents that come from elsewhere against their collection's schema. */
import { Ajv, type ValidateFunction } from 'ajv'
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { isDeeper, isRecord, type Doc } from '../../schemas/json.ts'

export type DocumentValidator = (declaration: CollectionDeclaration, doc: Doc) => Refusal | undefined

const RXDB_KEYWORDS = [
  'version',
  'primaryKey',
  'indexes',
  'encrypted',
  'internalIndexes',
  'keyCompression',
  'attachments',
]

/**
 * Compiling takes a good part of the start of a process, and many a command checks no document, so Outpost's own schemas
 * are compiled with the first document of each.
 *
 * @throws where a declaration of the chain has a schema that is none
 */
export function createDocumentValidator(declarations: readonly CollectionDeclaration[]): DocumentValidator {
  const ajv = new Ajv({ strict: false, allErrors: false })
  for (const keyword of RXDB_KEYWORDS) ajv.addKeyword(keyword)
  const validators = new Map<string, ValidateFunction>()
  const compile = ({ name, schema }: CollectionDeclaration): ValidateFunction => {
    const properties = { ...(schema.properties as object), _deleted: { type: 'boolean' } }
    const validate = ajv.compile({ ...(schema as object), properties })
    validators.set(name, validate)
    return validate
  }
  for (const declaration of declarations) if (!COLLECTIONS.includes(declaration)) compile(declaration)
  return (declaration, doc) => {
    const malformed = refuseDepth(doc) ?? refuseSidecar(doc)
    if (malformed) return malformed
    const validate = validators.get(declaration.name) ?? compile(declaration)
    if (validate(doc)) return undefined
    const [error] = validate.errors ?? []
    const named = (error?.params as { missingProperty?: string; additionalProperty?: string } | undefined) ?? {}
    const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.')
    // A stranger's property name can be as long as it likes; what is told of it must fit into a receipt.
    const field = [path, named.missingProperty ?? named.additionalProperty].filter(Boolean).join('.').slice(0, 200)
    const reason = `${field || 'the document'} ${error?.message ?? 'is not valid'}`
    return { code: 'DOCUMENT_INVALID', ...(field !== '' && { field }), reason }
  }
}

function refuseDepth(doc: Doc): Refusal | undefined {
  if (!isDeeper(doc, MAX_DEPTH)) return undefined
  return { code: 'DOCUMENT_INVALID', reason: `the document is nested deeper than ${MAX_DEPTH} levels` }
}

/** Less than a request may have, so that what one side takes the other takes too. */
const MAX_DEPTH = 48

function refuseSidecar(doc: Doc): Refusal | undefined {
  const clock = doc['clock']
  if (isRecord(clock) && isRecord(clock['r'])) return undefined
  return { code: 'DOCUMENT_INVALID', field: 'clock', reason: 'the document carries no clock' }
}
