/** The version of a collection's schema, which its addresses name; 0 for what is no collection. */
import { COLLECTIONS } from '../../schemas/collections.ts'

export function schemaVersion(collection: string): number {
  return COLLECTIONS.find(({ name }) => name === collection)?.schema.version ?? 0
}
