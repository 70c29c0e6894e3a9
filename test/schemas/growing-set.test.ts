import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { formatStamp } from '../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { sidecarOf, type MergeSpec } from '../../schemas/merge-spec.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { joined, play, shuffled, stepsOf } from './simulated-writers.ts'

const SPEC: MergeSpec = {
  key: 'id',
  immutable: [],
  registers: {},
  sets: ['notes'],
  growing: ['notes'],
  hasStatus: false,
  authority: [],
}
const at = (wallMs: number, writer = 'w') => formatStamp(wallMs, 0, writer as WriterId)
const LI = { by: 'Li', id: 'm1' }
const WANG = { by: 'Wang', id: 'm2' }
const FORGED = { by: 'Kitchen', id: 'm2' }

function write(before: Doc | undefined, notes: unknown, wallMs: number): Doc {
  const result = stampWrite(SPEC, before, { id: '1', notes }, (): Hlc => at(wallMs))
  if (!result.ok) throw new Error(result.reason)
  return result.doc
}

const dotsOfNotes = (doc: Doc) => sidecarOf(doc).s?.['notes']

describe('a write', () => {
  const both = write(undefined, [LI, WANG], 1)

  test('takes nothing out of a set that only grows, whatever it leaves out', () => {
    for (const notes of [[], [LI], undefined, 'none']) {
      const result = stampWrite(SPEC, both, { id: '1', notes }, () => at(2))
      expect(result).toMatchObject({ ok: true, changed: false, doc: { notes: [LI, WANG], clock: both['clock'] } })
    }
    expect(stampWrite(SPEC, both, { id: '1', _deleted: true }, () => at(2))).toMatchObject({
      doc: { notes: [LI, WANG], _deleted: true },
    })
  })

  test('writes nothing anew that is noted already, and adds what is not', () => {
    const more = { id: 'm3', by: 'Zhao' }
    const after = write(both, [FORGED, more, { by: 'Li' }], 2)
    expect(after['notes']).toEqual([LI, { by: 'Li' }, WANG, more].toSorted(byForm))
    expect(dotsOfNotes(after)).toEqual({
      [canonicalJson(LI)]: { a: [at(1)] },
      [canonicalJson(WANG)]: { a: [at(1)] },
      [canonicalJson(more)]: { a: [at(2)] },
      '{"by":"Li"}': { a: [at(2)] },
    })
  })

  test('stamps what nobody has stamped, and keeps it against what it says of it itself', () => {
    const after = write({ id: '1', notes: [WANG] }, [FORGED], 2)
    expect(after['notes']).toEqual([WANG])
    expect(dotsOfNotes(after)).toEqual({ [canonicalJson(WANG)]: { a: [at(2)] } })
  })

  test('that says two things under one id is taken by the one whose canonical form comes first', () => {
    expect(write(undefined, [WANG, FORGED], 1)['notes']).toEqual([FORGED])
  })
})

describe('merging', () => {
  const note = (element: object, a: Hlc[], more: object = {}): Doc => ({
    id: '1',
    notes: [element],
    clock: { r: {}, s: { notes: { [canonicalJson(element)]: { a, ...more } } } },
  })

  test('hears no removal', () => {
    const removed = { ...note(WANG, [at(1)], { x: [at(9)] }), notes: [] }
    for (const other of [note(WANG, [at(1)]), {}, removed]) {
      expect(merge(SPEC, removed, other)).toMatchObject({ notes: [WANG] })
      expect(dotsOfNotes(merge(SPEC, other, removed))).toEqual({ [canonicalJson(WANG)]: { a: [at(1)] } })
    }
  })

  test.each([
    ['of which the one was noted first', note(WANG, [at(1, 'b'), at(3, 'a')]), note(FORGED, [at(2)])],
    ['that were noted under one stamp, of which the one comes first', note(FORGED, [at(1)]), note(WANG, [at(1)])],
    ['of which nobody stamped the other', note(WANG, [at(5)]), { id: '1', notes: [FORGED] }],
  ])('has one of two contents under one id %s', (_how, first, other) => {
    for (const merged of [merge(SPEC, first, other), merge(SPEC, other, first)]) {
      expect(merged['notes']).toEqual(first['notes'])
      expect(Object.keys(dotsOfNotes(merged)!)).toEqual([canonicalJson((first['notes'] as unknown[])[0])])
    }
  })

  test('of states in any order keeps every move of an order that anybody noted, under one id one', () => {
    fc.assert(
      fc.property(stepsOf(orders), fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (steps, numbers) => {
        const { written } = play(orders, steps)
        if (written.length === 0) return
        const idsOf = (doc: Doc) => (doc['moves'] as { id?: string }[]).map(({ id }) => id ?? '')
        const all = joined(orders, shuffled(written, numbers).concat(written))
        expect(new Set(idsOf(all))).toEqual(new Set(written.flatMap(idsOf)))
        expect(idsOf(all).filter((id) => id === 'm').length).toBeLessThan(2)
        for (const state of written) expect(state['moves']).toEqual(merge(orders.merge, state, state)['moves'])
      }),
      { numRuns: 500 },
    )
  })
})

function byForm(a: unknown, b: unknown): number {
  return canonicalJson(a) < canonicalJson(b) ? -1 : 1
}
