/** The laws on documents that pass their collection's schema, and that the merge is what its definition says. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDocumentValidator } from '../../adapters/exchange/document-validator.ts'
import type { WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { eraseDocument, isErased } from '../../schemas/erasure.ts'
import { formatStamp } from '../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { newestStamp } from '../../schemas/merge-spec.ts'
import { hostileDoc, validDoc, wellFormedStamp } from './arbitrary-documents.ts'
import { referenceMerge } from './reference-merge.ts'
import { play, stepsOf } from './simulated-writers.ts'
import { proofCount } from '../support/proof-scale.ts'

const RUNS = { numRuns: proofCount(1000) }
const validate = createDocumentValidator(COLLECTIONS)

describe.each(COLLECTIONS.map((declaration) => [declaration.name, declaration] as const))(
  'merging %s',
  (_name, declaration) => {
    const spec = declaration.merge
    const valid = validDoc(declaration)
    const hostile = hostileDoc(declaration)
    /** States that have much in common, as those of one document have. */
    const related = fc
      .tuple(
        fc.oneof(valid, hostile),
        fc.oneof(valid, hostile),
        fc.constantFrom('none', 'first', 'second', 'both', 'twins'),
      )
      .map(([a, b, seen]): [Doc, Doc] => {
        if (seen === 'twins') return [a, copyOf(a)]
        const joint = copyOf(merge(spec, a, b))
        if (seen === 'both') return [joint, copyOf(joint)]
        return [seen === 'first' ? joint : a, seen === 'second' ? joint : b]
      })
    const bytes = (state: Doc) =>
      canonicalJson(Object.fromEntries(Object.entries(state).filter(([field]) => !spec.authority.includes(field))))

    test('is tried with documents that pass the schema', () => {
      fc.assert(
        fc.property(valid, (doc) => {
          expect(validate(declaration, doc)).toBeUndefined()
        }),
        RUNS,
      )
    })

    test('gives what its definition says, byte by byte', () => {
      fc.assert(
        fc.property(related, ([a, b]) => {
          expectSame(merge(spec, a, b), referenceMerge(spec, a, b))
        }),
        RUNS,
      )
    })

    test('gives what its definition says for the states that writes make', () => {
      fc.assert(
        fc.property(stepsOf(declaration), fc.nat(), fc.nat(), (steps, one, other) => {
          const { written } = play(declaration, steps)
          if (written.length === 0) return
          const a = written[one % written.length]!
          const b = written[other % written.length]!
          expectSame(merge(spec, a, b), referenceMerge(spec, a, b))
          expectSame(merge(spec, a, copyOf(a)), referenceMerge(spec, a, a))
          expectSame(merge(spec, a, a), referenceMerge(spec, a, a))
        }),
        RUNS,
      )
    })

    test('is commutative', () => {
      fc.assert(
        fc.property(valid, valid, (a, b) => {
          expect(bytes(merge(spec, a, b))).toBe(bytes(merge(spec, b, a)))
        }),
        RUNS,
      )
    })

    test('is associative, the fields of the authority included', () => {
      fc.assert(
        fc.property(valid, valid, valid, (a, b, c) => {
          expect(canonicalJson(merge(spec, merge(spec, a, b), c))).toBe(
            canonicalJson(merge(spec, a, merge(spec, b, c))),
          )
        }),
        RUNS,
      )
    })

    test('is idempotent, and makes documents that pass the schema again', () => {
      fc.assert(
        fc.property(valid, valid, (a, b) => {
          const merged = merge(spec, a, b)
          expect(canonicalJson(merge(spec, merged, merged))).toBe(canonicalJson(merged))
          expect(bytes(merge(spec, merged, a))).toBe(bytes(merged))
          expect(validate(declaration, merged)).toBeUndefined()
        }),
        RUNS,
      )
    })

    test('never throws, whatever takes the place of a document or of a part of one', () => {
      fc.assert(
        fc.property(fc.oneof(hostile, anything), fc.oneof(valid, hostile, anything), (a, b) => {
          expectSame(merge(spec, a, b), referenceMerge(spec, a, b))
          expectSame(merge(spec, b, a), referenceMerge(spec, b, a))
        }),
        RUNS,
      )
      expect(Object.keys(Object.prototype)).toEqual([])
    })

    if (spec.erasure) {
      test('an erasure absorbs every state, older or newer, and tells nothing but what it keeps', () => {
        const named = new Set([spec.key, ...spec.erasure!.keep, ...spec.authority, 'clock', '_deleted'])
        fc.assert(
          fc.property(related, wellFormedStamp, ([a, b], stamp) => {
            const erased = eraseDocument(spec, a, stamp)
            const merged = merge(spec, erased, b)
            expect(isErased(merged)).toBe(true)
            expect(bytes(merge(spec, b, erased))).toBe(bytes(merged))
            expect(merged).toMatchObject({ ...spec.erasure!.blank, _deleted: true })
            expect(Object.keys(merged['clock'] as Doc).toSorted()).toEqual(['e', 'r'])
            const others = Object.keys(merged).filter((field) => !named.has(field))
            expect(others.toSorted()).toEqual(Object.keys(spec.erasure!.blank).toSorted())
          }),
          RUNS,
        )
      })
    } else {
      test('drops an erasure that the collection does not know', () => {
        fc.assert(
          fc.property(valid, valid, (a, b) => {
            expect(isErased(merge(spec, a, b))).toBe(false)
          }),
          RUNS,
        )
      })
    }
  },
)

test('what an erasure keeps are facts of creation, since nothing else of an erased document is merged by stamps', () => {
  for (const { merge: spec, schema } of COLLECTIONS) {
    if (!spec.erasure) continue
    for (const field of spec.erasure.keep) expect(spec.immutable).toContain(field)
    const left = [spec.key, ...spec.erasure.keep, ...Object.keys(spec.erasure.blank)]
    expect(left).toEqual(expect.arrayContaining([...(schema.required as readonly string[])]))
    expect(new Set(left).size).toBe(left.length)
  }
})

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, 0, -1, '', 'x', true, [], [[]], [null], {}),
  fc.jsonValue(),
  fc
    .constantFrom(
      '{"__proto__":{"polluted":1},"clock":{"r":{"__proto__":"x"},"__proto__":{"r":{}}}}',
      '{"clock":{"r":{},"s":{"__proto__":{"\\"x\\"":{"a":["0000000010000a"]}},"tags":{"__proto__":{"a":[]}}}}}',
      '{"constructor":{"prototype":{"polluted":1}},"clock":{"r":{"constructor":"0000000010000a"}}}',
      `${'['.repeat(500)}${']'.repeat(500)}`,
      `{"name":${'{"a":'.repeat(500)}1${'}'.repeat(500)},"tags":[${'['.repeat(500)}${']'.repeat(500)}]}`,
    )
    .map((text) => JSON.parse(text) as unknown),
) as fc.Arbitrary<Doc>

function expectSame(merged: Doc, expected: Doc): void {
  expect(canonicalJson(merged)).toBe(canonicalJson(expected))
  // The elements of sets are written in canonical form, also where the document that they came from had another one.
  for (const [field, value] of Object.entries(expected)) {
    if (Array.isArray(value)) expect(JSON.stringify(merged[field])).toBe(JSON.stringify(value))
  }
}

function copyOf(doc: Doc): Doc {
  return JSON.parse(JSON.stringify(doc)) as Doc
}

describe('an erased document', () => {
  const members = COLLECTIONS.find(({ name }) => name === 'members')!.merge
  const at = (wallMs: number) => formatStamp(wallMs, 0, 'w' as WriterId)
  const doc = {
    id: 'm',
    scope: 'shared',
    generation: 2,
    phone: '+8613800138000',
    name: 'Ada',
    tags: ['vip'],
    balance: { points: 5, value: 0 },
    clock: { r: { name: at(1) }, s: { tags: { '"vip"': { a: [at(1)] } } } },
  }
  const erased = eraseDocument(members, doc, at(2))

  test('keeps its key, scope and generation and what headquarters publishes, and nothing that tells who it was', () => {
    expect(erased).toEqual({
      id: 'm',
      scope: 'shared',
      generation: 2,
      name: '',
      tags: [],
      registrations: [],
      aliases: [],
      followUps: [],
      balance: { points: 5, value: 0 },
      clock: { r: {}, e: at(2) },
      _deleted: true,
    })
    expect(newestStamp(erased)).toBe(at(2))
    expect([isErased(erased), isErased(doc)]).toEqual([true, false])
  })

  test('is not brought back by an edit of any age', () => {
    const newer = { ...doc, name: 'Ada again', clock: { r: { name: at(99) } }, _deleted: false }
    expect(merge(members, newer, erased)).toEqual(erased)
    expect(merge(members, { ...erased, clock: { r: {}, e: at(1) } }, erased)).toEqual(erased)
  })

  test('has the newer stamp when it is erased again', () => {
    expect(eraseDocument(members, erased, at(3))['clock']).toEqual({ r: {}, e: at(3) })
    expect(eraseDocument(members, erased, at(1))['clock']).toEqual({ r: {}, e: at(2) })
  })

  test('shares nothing with the declaration that others could change', () => {
    ;(erased['tags'] as unknown[]).push('x')
    expect(eraseDocument(members, doc, at(2))['tags']).toEqual([])
  })

  test('is one only by a stamp, and only in a collection that declares what is left', () => {
    expect(merge(members, { ...doc, clock: { ...doc.clock, e: 'never' } }, doc)).toMatchObject({ name: 'Ada' })
    const { erasure: _erasure, ...without } = members
    expect(merge(without, erased, doc)).toMatchObject({ name: 'Ada' })
    expect(() => eraseDocument(without, doc, at(2))).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
  })
})
