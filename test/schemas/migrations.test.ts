/** The laws of migrations, for every declared collection, and what the steps so far do. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDocumentValidator } from '../../adapters/exchange/document-validator.ts'
import type { WriterId } from '../../schemas/brand.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { members } from '../../schemas/collections/members.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { eraseDocument, isErased } from '../../schemas/erasure.ts'
import { formatStamp } from '../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { migrateDocument } from '../../schemas/migrations.ts'
import { hostileDoc, validDoc } from './arbitrary-documents.ts'
import { MEMBERS_0 } from './earlier-members.ts'
import { ORDERS_0 } from './earlier-orders.ts'

const RUNS = { numRuns: 500 }
const validate = createDocumentValidator(COLLECTIONS)
/** Each step with the declaration that it starts from. */
const STEPS: readonly (readonly [string, CollectionDeclaration, CollectionDeclaration])[] = [
  ['members to version 1', MEMBERS_0, members],
  ['orders to version 1', ORDERS_0, orders],
]

test('every version has its step, and the steps that are tried lead to the declarations of today', () => {
  for (const { name, schema, migrations = {} } of COLLECTIONS) {
    const versions = Array.from({ length: schema.version }, (_, i) => String(i + 1))
    expect([name, Object.keys(migrations)]).toEqual([name, versions])
  }
  const changed = COLLECTIONS.filter(({ schema }) => schema.version > 0).map(({ name }) => name)
  expect(STEPS.map(([, , declaration]) => declaration.name)).toEqual(changed)
})

describe.each(STEPS)('migrating %s', (_name, before, after) => {
  const old = validDoc(before)
  const migrate = (doc: Doc) => migrateDocument(after, doc, before.schema.version)

  test('makes documents that pass the schema, of the same scope, with the same clock and deletion', () => {
    fc.assert(
      fc.property(old, (doc) => {
        const migrated = migrate(doc)
        expect(validate(after, migrated)).toBeUndefined()
        expect(scopeOf(after, migrated)).toBe(scopeOf(before, doc))
        const { clock, _deleted } = doc
        expect(migrated).toMatchObject({ ...doc, clock, ...(_deleted !== undefined && { _deleted }) })
        expect(isErased(migrated)).toBe(isErased(doc))
      }),
      RUNS,
    )
  })

  test('gives the same bytes for equal documents, and changes none that is given to it', () => {
    fc.assert(
      fc.property(old, (doc) => {
        const text = JSON.stringify(doc)
        expect(canonicalJson(migrate(doc))).toBe(canonicalJson(migrate(JSON.parse(text) as Doc)))
        expect(JSON.stringify(doc)).toBe(text)
      }),
      RUNS,
    )
  })

  test('leaves alone what is migrated already, so that nobody has to note the version of a copy', () => {
    fc.assert(
      fc.property(fc.oneof(old, validDoc(after)), (doc) => {
        const migrated = migrate(doc)
        expect(migrate(migrated)).toBe(migrated)
      }),
      RUNS,
    )
  })

  test('commutes with the merge: merged before or after, and with who has migrated already, is one document', () => {
    fc.assert(
      fc.property(old, old, (a, b) => {
        const expected = canonicalJson(migrate(merge(before.merge, a, b)))
        expect(canonicalJson(merge(after.merge, migrate(a), migrate(b)))).toBe(expected)
        expect(canonicalJson(merge(after.merge, a, migrate(b)))).toBe(expected)
        expect(canonicalJson(merge(after.merge, migrate(a), b))).toBe(expected)
      }),
      RUNS,
    )
  })

  test('never throws, whatever takes the place of a document', () => {
    fc.assert(
      fc.property(hostileDoc(before), (doc) => {
        expect(() => migrate(doc)).not.toThrow()
      }),
      RUNS,
    )
  })

  if (before.merge.erasure) {
    test('an erased document becomes what an erasure leaves today', () => {
      fc.assert(
        fc.property(old, (doc) => {
          const at = formatStamp(0x7fff_ffff_fffe, 0, 'w' as WriterId)
          const erased = canonicalJson(migrate(eraseDocument(before.merge, doc, at)))
          expect(canonicalJson(eraseDocument(after.merge, migrate(doc), at))).toBe(erased)
        }),
        RUNS,
      )
    })
  }
})
