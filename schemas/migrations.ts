/**
 * Bringing documents of an older schema version to today's. A node and a browser that were off for a year meet documents
 * that others have migrated already, and the same document is migrated in several places that never talk about it; so
 * every step is a pure function of the document, total, and gives the same wherever it runs.
 *
 * Laws, proven in `test/schemas/migrations.test.ts`: a step commutes with the merge, leaves alone what is migrated
 * already, and neither moves a document to another scope nor changes its clock, its deletion or its erasure.
 */
import type { CollectionDeclaration } from './collection.ts'
import { isRecord, type Doc } from './json.ts'

/** Makes a document of one version from one of the version before; fields that it does not name pass as they are. */
export type Migration = (doc: Doc) => Doc

/** By the version that a step leads to; one for each from 1 on. */
export type Migrations = Readonly<Record<number, Migration>>

type Versioned = Pick<CollectionDeclaration, 'schema' | 'migrations'>

/**
 * A document as today's schema has it.
 *
 * @param from the version that it was written with; 0 where nobody has noted it, since steps leave alone what is migrated
 */
export function migrateDocument({ schema, migrations = {} }: Versioned, doc: Doc, from = 0): Doc {
  let migrated = isRecord(doc) ? doc : {}
  for (let version = from + 1; version <= schema.version; version++) {
    migrated = migrations[version]?.(migrated) ?? migrated
  }
  return migrated
}

/** The step to a version that adds a set: nobody has put anything into it. */
export function withSet(field: string): Migration {
  return (doc) => (Array.isArray(doc[field]) ? doc : { ...doc, [field]: [] })
}
