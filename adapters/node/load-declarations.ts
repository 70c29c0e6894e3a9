/** The collections of a chain: Outpost's own, and those that a file of the chain declares besides. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { isRecord } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

/**
 * @param file a JavaScript module whose default export is a declaration or an array of them; none for Outpost's own only
 * @throws OutpostError BAD_CONFIGURATION
 */
export async function loadDeclarations(file: string | undefined): Promise<readonly CollectionDeclaration[]> {
  if (file === undefined) return COLLECTIONS
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }).default
  } catch (cause) {
    throw bad(`${file} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
  const more = (Array.isArray(exported) ? exported : [exported]) as unknown[]
  const names = new Set(COLLECTIONS.map(({ name }) => name))
  for (const declaration of more) {
    const name = isRecord(declaration) ? declaration['name'] : undefined
    if (!isDeclaration(declaration)) throw bad(`${file}: "${String(name)}" is no collection declaration`)
    if (names.has(declaration.name)) throw bad(`${file}: there is a collection "${declaration.name}" already`)
    names.add(declaration.name)
  }
  return [...COLLECTIONS, ...(more as CollectionDeclaration[])]
}

function isDeclaration(value: unknown): value is CollectionDeclaration {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    isRecord(value['schema']) &&
    Number.isSafeInteger(value['syncClass']) &&
    (value['syncClass'] as number) > 0 &&
    (value['direction'] === 'both' || value['direction'] === 'down') &&
    (value['scope'] === 'shared' || isRecord(value['scope'])) &&
    isRecord(value['merge'])
  )
}

function bad(message: string, cause?: unknown): OutpostError {
  return new OutpostError('BAD_CONFIGURATION', message, { field: 'collections', cause })
}
