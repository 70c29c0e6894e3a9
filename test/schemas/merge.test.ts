import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { isErased } from '../../schemas/erasure.ts'
import { formatStamp, isStamp, nextStamp } from '../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import { isLive, liveElements, newestPerWriter, unstampedKeys } from '../../schemas/merge-sets.ts'
import { newestStamp, sidecarOf, type MergeSpec } from '../../schemas/merge-spec.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { hostileDoc, jsonValue } from './arbitrary-documents.ts'
import { bytesOf, joined, play, shuffled, stepsOf } from './simulated-writers.ts'
import { proofCount } from '../support/proof-scale.ts'

const RUNS = { numRuns: proofCount(1000) }
const orders = fc.array(fc.nat({ max: 10_000 }), { minLength: 20, maxLength: 20 })

/** Without the authority's fields, about which the two sides need not agree. */
function replicatedBytes(declaration: CollectionDeclaration, doc: Doc): string {
  const entries = Object.entries(doc).filter(([field]) => !declaration.merge.authority.includes(field))
  return canonicalJson(Object.fromEntries(entries))
}

describe.each(COLLECTIONS.map((declaration) => [declaration.name, declaration] as const))(
  '%s',
  (_name, declaration) => {
    const spec = declaration.merge
    const doc = hostileDoc(declaration)
    const bytes = (state: Doc) => replicatedBytes(declaration, state)

    describe('of replicas that write and exchange what they have', () => {
      test('all that have seen the same writes are equal byte by byte, in every order of delivery', () => {
        fc.assert(
          fc.property(stepsOf(declaration), orders, orders, (steps, one, other) => {
            const { replicas, written } = play(declaration, steps)
            if (written.length === 0) return
            const expected = bytesOf(joined(declaration, [...written, written[0]!]))
            expect(bytesOf(joined(declaration, shuffled(written, one)))).toBe(expected)
            expect(bytesOf(joined(declaration, shuffled(written, other).toReversed()))).toBe(expected)
            const ends = replicas.map((replica) => replica.doc).filter((state) => state !== undefined)
            expect(bytesOf(joined(declaration, [...ends, ends[0]!]))).toBe(expected)
          }),
          RUNS,
        )
      })

      test('a state that a write made is merged with itself and with what it came from into itself', () => {
        fc.assert(
          fc.property(stepsOf(declaration), (steps) => {
            for (const state of play(declaration, steps).written) {
              expect(bytesOf(merge(spec, state, state))).toBe(bytesOf(state))
              expect(bytes(merge(spec, {}, state))).toBe(bytes(state))
            }
          }),
          RUNS,
        )
      })

      test('a write stands at once: its state absorbs the one that it edited', () => {
        fc.assert(
          fc.property(stepsOf(declaration), stepsOf(declaration), (steps, more) => {
            const last = more.at(-1)!
            const earlier = play(declaration, steps)
            const later = play(declaration, [...steps, last])
            const before = earlier.replicas[last.writer]!.doc
            const after = later.replicas[last.writer]!.doc
            if (!before || !after || later.refused > earlier.refused) return
            expect(bytesOf(merge(spec, before, after))).toBe(bytesOf(after))
            expect(bytesOf(merge(spec, after, before))).toBe(bytesOf(after))
            if (last.kind === 'remove') expect(after['_deleted']).toBe(true)
            if (last.kind === 'insert') expect(after['_deleted']).toBe(false)
          }),
          RUNS,
        )
      })

      test('the fields of one register never come from different writes', () => {
        fc.assert(
          fc.property(stepsOf(declaration), orders, (steps, one) => {
            const { written } = play(declaration, steps)
            if (written.length === 0) return
            const state = joined(declaration, shuffled(written, one))
            for (const fields of Object.values(spec.registers)) {
              expect(new Set(fields.map((field) => canonicalJson(state[field]))).size).toBe(1)
            }
          }),
          RUNS,
        )
      })

      test('no write carries on a value for a field that only headquarters may set', () => {
        fc.assert(
          fc.property(stepsOf(declaration), (steps) => {
            for (const state of play(declaration, steps).written) {
              for (const field of spec.authority) expect(state).not.toHaveProperty(field)
            }
          }),
          RUNS,
        )
      })
    })

    describe('of states from strangers', () => {
      test('merging is commutative', () => {
        fc.assert(
          fc.property(doc, doc, (a, b) => {
            expect(bytes(merge(spec, a, b))).toBe(bytes(merge(spec, b, a)))
          }),
          RUNS,
        )
      })

      test('merging is associative, the fields of the authority included', () => {
        fc.assert(
          fc.property(doc, doc, doc, (a, b, c) => {
            const left = merge(spec, merge(spec, a, b), c)
            expect(canonicalJson(left)).toBe(canonicalJson(merge(spec, a, merge(spec, b, c))))
          }),
          RUNS,
        )
      })

      test('what merging made is merged with itself and with nothing into itself', () => {
        fc.assert(
          fc.property(doc, doc, (a, b) => {
            const merged = merge(spec, a, b)
            expect(canonicalJson(merge(spec, merged, merged))).toBe(canonicalJson(merged))
            expect(canonicalJson(merge(spec, {}, merged))).toBe(canonicalJson(merged))
            expect(bytes(merge(spec, merged, {}))).toBe(bytes(merged))
            expect(bytes(merge(spec, merged, a))).toBe(bytes(merged))
            expect(sameState(merged, merge(spec, merged, merged))).toBe(true)
          }),
          RUNS,
        )
      })

      test('merging takes any JSON in the place of a document, and leaves its arguments as they are', () => {
        fc.assert(
          fc.property(fc.oneof(doc, jsonValue as fc.Arbitrary<never>), doc, (a, b) => {
            const before = canonicalJson([a, b])
            const merged = merge(spec, a, b)
            expect(canonicalJson([a, b])).toBe(before)
            expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
            expect(Object.keys(merged)).not.toContain('__proto__')
            expect(canonicalJson(JSON.parse(JSON.stringify(merged)))).toBe(canonicalJson(merged))
          }),
          RUNS,
        )
        expect(Object.keys(Object.prototype)).toEqual([])
      })

      test('deep nesting is merged like anything else', () => {
        const deep = JSON.parse(`${'['.repeat(1000)}${']'.repeat(1000)}`) as unknown
        const fields = Object.fromEntries(Object.keys(declaration.schema.properties).map((field) => [field, deep]))
        for (const a of [fields, { clock: { r: deep, s: deep, h: deep, d: deep } }, { clock: deep }, deep as Doc]) {
          expect(bytes(merge(spec, a, fields))).toBe(bytes(merge(spec, fields, a)))
        }
      })

      test('only well-formed stamps survive, so that a new stamp can exceed them all', () => {
        fc.assert(
          fc.property(doc, doc, (a, b) => {
            const merged = merge(spec, a, b)
            const clock = sidecarOf(merged)
            const dots = Object.values(clock.s ?? {}).flatMap((elements) =>
              Object.values(elements).flatMap(({ a: added, x }) => [...added, ...(x ?? [])]),
            )
            for (const stamp of [...Object.values(clock.r), ...Object.values(clock.h ?? {}), ...dots]) {
              expect(isStamp(stamp)).toBe(true)
              expect(newestStamp(merged) >= stamp).toBe(true)
            }
            const next = nextStamp({ writer: 'w' as WriterId, wallMs: 0, counter: 0 }, 0, newestStamp(merged)).stamp
            expect(next > newestStamp(merged) && next > (clock.d ?? '')).toBe(true)
          }),
          RUNS,
        )
      })

      test('an ordinary write over any stored state is stamped, stands, and can delete and revive', () => {
        fc.assert(
          fc.property(doc, (stored) => {
            const before = merge(spec, stored, stored)
            const clock = { writer: 'w' as WriterId, wallMs: 0, counter: 0 }
            const stamp = (exceeds: Hlc) => nextStamp(clock, 0, exceeds).stamp
            const { clock: _ignored, ...said } = before
            if (isErased(before)) {
              expect(stampWrite(spec, stored, { ...said, _deleted: false }, stamp)).toMatchObject({ code: 'ERASED' })
              return
            }
            const deleted = stampWrite(spec, stored, { ...said, _deleted: true }, stamp)
            expect(deleted).toMatchObject({ ok: true, doc: { _deleted: true } })
            if (!deleted.ok) return
            expect(bytes(merge(spec, stored, deleted.doc))).toBe(bytes(deleted.doc))
            const revived = stampWrite(spec, deleted.doc, { ...said, _deleted: false }, stamp)
            expect(revived).toMatchObject({ ok: true, changed: true, doc: { _deleted: false } })
            if (!revived.ok) return
            expect(bytes(merge(spec, deleted.doc, revived.doc))).toBe(bytes(revived.doc))
          }),
          RUNS,
        )
      })
    })
  },
)

const SPEC: MergeSpec = {
  key: 'id',
  immutable: ['born'],
  registers: { content: ['lines', 'total'] },
  sets: ['tags'],
  hasStatus: false,
  authority: ['balance'],
}

const at = (wallMs: number, writer = 'w') => formatStamp(wallMs, 0, writer as WriterId)

/** Writes at a given time as a given writer. */
function write(before: Doc | undefined, after: Doc, wallMs: number, writer = 'w'): Doc {
  const result = stampWrite(SPEC, before, { id: '1', ...after }, () => at(wallMs, writer))
  if (!result.ok) throw new Error(result.reason)
  return result.doc
}

describe('registers', () => {
  test('the newer stamp wins, whichever value is larger', () => {
    const base = write(undefined, { name: 'b' }, 1)
    const older = write(base, { name: 'z' }, 2, 'x')
    const newer = write(base, { name: 'a' }, 3, 'y')
    expect(merge(SPEC, older, newer)).toMatchObject({ name: 'a' })
    expect(merge(SPEC, newer, older)).toMatchObject({ name: 'a' })
  })

  test('fields that were edited on two sides both keep their edit', () => {
    const base = write(undefined, { name: 'n', note: 'o' }, 1)
    const a = write(base, { name: 'new', note: 'o' }, 2, 'x')
    const b = write(base, { name: 'n', note: 'newer' }, 3, 'y')
    expect(merge(SPEC, a, b)).toMatchObject({ name: 'new', note: 'newer' })
  })

  test('of equal stamps the canonically larger value wins, a value over none', () => {
    const state = (name?: string) => ({ id: '1', ...(name && { name }), clock: { r: { name: at(1) } } })
    expect(merge(SPEC, state('a'), state('b'))).toMatchObject({ name: 'b' })
    expect(merge(SPEC, state('a'), state())).toMatchObject({ name: 'a' })
  })

  test('a field that a newer edit took away stays away', () => {
    const base = write(undefined, { name: 'n', note: 'o' }, 1)
    const gone = write(base, { name: 'n' }, 2)
    expect(merge(SPEC, base, gone)).not.toHaveProperty('note')
  })

  test('lines and total come from the same write, though each is larger elsewhere', () => {
    const base = write(undefined, { lines: [1], total: 1 }, 1)
    const a = write(base, { lines: [9, 9], total: 2 }, 2, 'x')
    const b = write(base, { lines: [1], total: 7 }, 2, 'y')
    expect(merge(SPEC, a, b)).toMatchObject({ lines: [1], total: 7 })
    expect(merge(SPEC, b, a)).toMatchObject({ lines: [1], total: 7 })
  })

  test('names that every object inherits are fields like others', () => {
    const a = { id: '1', constructor: 'x', toString: 5, clock: { r: {} } }
    expect(merge(SPEC, a as never, { id: '1' })).toMatchObject({ constructor: 'x', toString: 5 })
    expect(merge(SPEC, { id: '1' }, a as never)).toMatchObject({ constructor: 'x', toString: 5 })
  })

  test('what is no stamp loses to every stamp', () => {
    const ill = { id: '1', name: 'z', clock: { r: { name: '~~~' } } }
    expect(merge(SPEC, ill, write(undefined, { name: 'a' }, 1))).toMatchObject({ name: 'a' })
  })
})

describe('sets', () => {
  const base = write(undefined, { tags: ['vip', 'late'] }, 1, 'a')

  test('additions of two sides are both kept', () => {
    const a = write(base, { tags: ['vip', 'late', 'x'] }, 2, 'b')
    const b = write(base, { tags: ['vip', 'late', 'y'] }, 3, 'c')
    expect(merge(SPEC, a, b)['tags']).toEqual(['late', 'vip', 'x', 'y'])
  })

  test('a removal wins over the additions that it saw, even with an older clock', () => {
    const removed = write(base, { tags: ['vip'] }, 0, 'b')
    const edited = write(base, { tags: ['vip', 'late'], name: 'n' }, 9, 'c')
    expect(merge(SPEC, removed, edited)['tags']).toEqual(['vip'])
    expect(merge(SPEC, edited, removed)['tags']).toEqual(['vip'])
  })

  test('an addition wins over a removal that did not see it, even with an older clock', () => {
    const without = write(base, { tags: ['vip'] }, 2, 'b')
    const again = write(without, { tags: ['vip', 'late'] }, 3, 'c')
    const removedElsewhere = write(base, { tags: ['vip'] }, 99, 'd')
    expect(merge(SPEC, again, removedElsewhere)['tags']).toEqual(['late', 'vip'])
    expect(merge(SPEC, removedElsewhere, again)['tags']).toEqual(['late', 'vip'])
  })

  test('an element can be removed and added again and again', () => {
    let state = base
    for (let i = 2; i < 20; i++) {
      const tags = i % 2 ? ['vip', 'late'] : ['vip']
      state = write(state, { tags }, i, `w${i % 3}`)
      expect(merge(SPEC, base, state)['tags']).toEqual(tags.toSorted())
    }
  })

  test('elements are JSON values: the order of keys and repetitions do not matter', () => {
    const state = write(undefined, { tags: [{ a: 1, b: 2 }, { b: 2, a: 1 }, 'x', 'x'] }, 1)
    expect(state['tags']).toEqual(['x', { a: 1, b: 2 }])
  })

  test('elements stand in the order of their canonical form, also where both sides have them in another', () => {
    const state = () => ({
      id: '1',
      tags: ['vip', 'late'],
      clock: { r: {}, s: { tags: { '"vip"': { a: [at(1)] }, '"late"': { a: [at(1)] } } } },
    })
    expect(merge(SPEC, state(), state())['tags']).toEqual(['late', 'vip'])
  })

  test('elements that nobody stamped stay until a stamped removal', () => {
    const stranger = { id: '1', tags: ['vip', 'new'] }
    const merged = merge(SPEC, stranger, base)
    expect(merged['tags']).toEqual(['late', 'new', 'vip'])
    const removed = write(merged, { tags: ['vip', 'late'] }, 5)
    expect(merge(SPEC, removed, stranger)['tags']).toEqual(['late', 'vip'])
  })

  test('a removed element does not come back with an unstamped array', () => {
    const removed = write(base, { tags: ['vip'] }, 2)
    expect(merge(SPEC, removed, { id: '1', tags: ['late'] })['tags']).toEqual(['vip'])
  })

  test('the sidecar keeps one dot of each writer', () => {
    expect(newestPerWriter([at(1, 'a'), at(3, 'a'), at(2, 'b')])).toEqual([at(2, 'b'), at(3, 'a')])
  })

  test('an element stands while one of its additions was not removed', () => {
    expect(isLive({ a: [at(1, 'a')] })).toBe(true)
    expect(isLive({ a: [at(1, 'a')], x: [at(1, 'a')] })).toBe(false)
    expect(isLive({ a: [at(2, 'a')], x: [at(1, 'a')] })).toBe(true)
    expect(isLive({ a: [at(1, 'a')], x: [at(2, 'b')] })).toBe(true)
    expect(isLive({ a: [at(1, 'a'), at(1, 'b')], x: [at(1, 'a')] })).toBe(true)
    expect(liveElements({ '2': { a: [at(1)] }, '1': { a: [at(1)] }, '0': { a: [] } })).toEqual([1, 2])
    expect(unstampedKeys([1, { b: 1, a: 1 }, 2], { '1': { a: [] } })).toEqual(['{"a":1,"b":1}', '2'])
  })
})

describe('deletion', () => {
  const base = write(undefined, { name: 'n', tags: ['vip'] }, 1)

  test('wins over older edits and loses to newer ones', () => {
    const deleted = write(base, { ...base, _deleted: true }, 5, 'x')
    const older = write(base, { ...base, name: 'older' }, 4, 'y')
    const newer = write(base, { ...base, name: 'newer' }, 6, 'y')
    expect(merge(SPEC, deleted, older)).toMatchObject({ _deleted: true, name: 'older' })
    expect(merge(SPEC, newer, deleted)).toMatchObject({ _deleted: false, name: 'newer' })
  })

  test.each([
    ['an addition to a set', { name: 'n', tags: ['vip', 'x'] }],
    ['a removal from a set', { name: 'n', tags: [] }],
    ['taking a field away', { tags: ['vip'] }],
  ])('loses to %s that is newer, and wins over an older one', (_what, after) => {
    const edited = write(base, after, 6, 'y')
    expect(merge(SPEC, edited, write(base, { ...base, _deleted: true }, 5, 'x'))).toMatchObject({ _deleted: false })
    expect(merge(SPEC, edited, write(base, { ...base, _deleted: true }, 7, 'x'))).toMatchObject({ _deleted: true })
  })

  test('stands where the same write also changed fields', () => {
    expect(write(base, { name: 'other', _deleted: true }, 5)).toMatchObject({ _deleted: true, name: 'other' })
  })

  test('by a bare tombstone keeps what the document said', () => {
    const deleted = write(base, { _deleted: true }, 5)
    expect(deleted).toMatchObject({ _deleted: true, name: 'n', tags: ['vip'] })
    const newer = write(base, { ...base, note: 'still here' }, 6, 'y')
    expect(merge(SPEC, deleted, newer)).toMatchObject({ _deleted: false, name: 'n', note: 'still here' })
  })

  test('without a stamp counts as made just after the newest edit, below every later one', () => {
    const unstamped = { ...base, _deleted: true }
    const deleted = merge(SPEC, unstamped, base)
    expect(deleted['_deleted']).toBe(true)
    const later = write(base, { ...base, name: 'later' }, 2, 'a')
    expect(merge(SPEC, deleted, later)['_deleted']).toBe(false)
    expect(merge(SPEC, { id: '1', _deleted: true }, {})['_deleted']).toBe(true)
    expect(merge(SPEC, { id: '1', _deleted: true }, base)['_deleted']).toBe(false)
  })

  test('is undone by an insert over it, which joins with what the tombstone knows', () => {
    const deleted = write(base, { ...base, _deleted: true }, 5)
    const again = write(deleted, { name: 'again' }, 6)
    expect(again).toMatchObject({ _deleted: false, name: 'again', tags: ['vip'] })
    expect(merge(SPEC, deleted, again)).toMatchObject({ _deleted: false, name: 'again' })
    expect(merge(SPEC, base, again)).toMatchObject({ _deleted: false, name: 'again' })
  })

  test('is undone without undoing what others meanwhile wrote into fields of which the insert says nothing new', () => {
    const deleted = write(base, { ...base, _deleted: true }, 5)
    const again = write(deleted, { name: 'again' }, 9, 'x')
    const edited = write(base, { ...base, note: 'meanwhile', name: 'older' }, 6, 'y')
    expect(merge(SPEC, again, edited)).toMatchObject({ _deleted: false, name: 'again', note: 'meanwhile' })
    const withNote = write(base, { ...base, note: 'first' }, 2)
    const revived = write(write(withNote, { ...withNote, _deleted: true }, 5), { name: 'again' }, 9, 'x')
    expect(merge(SPEC, revived, write(withNote, { ...withNote, note: 'second' }, 6, 'y'))).toMatchObject({
      _deleted: false,
      name: 'again',
      note: 'second',
    })
  })

  test('is undone by an insert that says nothing new', () => {
    const deleted = write(base, { ...base, _deleted: true }, 5)
    expect(merge(SPEC, deleted, write(deleted, {}, 6))).toMatchObject({ _deleted: false, name: 'n' })
  })
})

describe('fields of the authority', () => {
  test('come from its side, also where it has none', () => {
    const stored = { ...write(undefined, { name: 'n' }, 1), balance: 5 }
    const pushed = { ...write(stored, { name: 'new' }, 2), balance: 1_000_000 }
    expect(merge(SPEC, pushed, stored)).toMatchObject({ name: 'new', balance: 5 })
    const { balance: _none, ...bare } = stored
    expect(merge(SPEC, pushed, bare)).not.toHaveProperty('balance')
    expect(merge(SPEC, pushed, {})).not.toHaveProperty('balance')
  })
})

describe('facts of creation', () => {
  test('of two different ones the canonically larger stays, on both sides', () => {
    const a = write(undefined, { born: 'a' }, 2)
    const b = write(undefined, { born: 'b' }, 1)
    expect(merge(SPEC, a, b)['born']).toBe('b')
    expect(merge(SPEC, b, a)['born']).toBe('b')
    expect(merge(SPEC, { id: '1' }, a)['born']).toBe('a')
  })
})

describe('sameState', () => {
  test('ignores what only the local storage knows, and the order of keys', () => {
    const a = { id: '1', name: 'n', _rev: '1-a', _meta: { lwt: 1 }, _attachments: {}, _deleted: false }
    expect(sameState(a, { name: 'n', id: '1' })).toBe(true)
    expect(sameState(a, { name: 'm', id: '1' })).toBe(false)
    expect(sameState(a, { name: 'n', id: '1', _deleted: true })).toBe(false)
    expect(sameState({ id: '1' }, { id: '1', constructor: 1 })).toBe(false)
  })

  test('agrees with the canonical form', () => {
    const doc = hostileDoc(COLLECTIONS[0]!)
    fc.assert(
      fc.property(doc, doc, (a, b) => {
        const left = merge(COLLECTIONS[0]!.merge, a, b)
        const right = merge(COLLECTIONS[0]!.merge, b, a)
        expect(sameState(left, right)).toBe(canonicalJson(left) === canonicalJson(right))
      }),
      RUNS,
    )
  })
})
