import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { members } from '../../schemas/collections/members.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { eraseDocument } from '../../schemas/erasure.ts'
import { formatStamp } from '../../schemas/hlc.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { newestStamp, sidecarOf, type MergeSpec } from '../../schemas/merge-spec.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'

const SPEC: MergeSpec = {
  key: 'id',
  immutable: ['born', 'place'],
  registers: { content: ['lines', 'total'] },
  sets: ['tags'],
  hasStatus: false,
  authority: ['balance'],
}
const at = (wallMs: number): Hlc => formatStamp(wallMs, 0, 'w' as WriterId)

function write(before: Doc | undefined, after: Doc, wallMs: number, spec = SPEC): Doc {
  const result = stampWrite(spec, before, after, () => at(wallMs))
  if (!result.ok) throw new Error(result.reason)
  return result.doc
}

describe('an ordinary write', () => {
  const base = write(undefined, { id: '1', born: 'x', name: 'n', lines: [1], total: 1, tags: ['a'] }, 1)

  test('gets one stamp for all that changed, and keeps the stamps of the rest', () => {
    const after = write(base, { ...base, lines: [2], tags: ['a', 'b'], note: 'new' }, 2)
    expect(sidecarOf(after)).toEqual({
      r: { name: at(1), content: at(2), note: at(2) },
      s: { tags: { '"a"': { a: [at(1)] }, '"b"': { a: [at(2)] } } },
    })
  })

  test('asks for a stamp above every one in the document, and only if something changed', () => {
    const asked: Hlc[] = []
    const stamp = (exceeds: Hlc) => {
      asked.push(exceeds)
      return at(9)
    }
    const { total: _total, ...rest } = base
    const same = stampWrite(SPEC, base, { ...rest, total: 1, lines: [1] }, stamp)
    expect(same).toMatchObject({ ok: true, changed: false, doc: base })
    expect(asked).toEqual([])
    expect(stampWrite(SPEC, base, { ...base, name: 'm', tags: [] }, stamp)).toMatchObject({ ok: true, changed: true })
    expect(asked).toEqual([newestStamp(base)])
  })

  test('is a change when it is the first one, though it says nothing that is stamped', () => {
    expect(stampWrite(SPEC, undefined, { id: '1', born: 'x' }, () => at(1))).toMatchObject({ ok: true, changed: true })
  })

  test('has no say over its own clock', () => {
    const forged = write(base, { ...base, clock: { r: { name: at(99) }, d: at(99) } }, 2)
    expect(sidecarOf(forged)).toEqual(sidecarOf(base))
  })

  test('keeps the sets of which it says nothing', () => {
    const { tags: _tags, ...rest } = base
    expect(write(base, { ...rest, name: 'm' }, 2)['tags']).toEqual(['a'])
  })

  test('of a stored document that nobody stamped stamps what it says', () => {
    const after = write({ id: '1', name: 'n', tags: ['a', 'b'] }, { id: '1', name: 'n', tags: ['b'] }, 3)
    expect(after['tags']).toEqual(['b'])
    expect(sidecarOf(after).r).toEqual({ name: at(3), tags: at(3) })
    expect(merge(SPEC, after, { id: '1', name: 'z', tags: ['a'] })).toMatchObject({ name: 'n', tags: ['b'] })
  })

  test('takes names that every object inherits, and drops the one that is none', () => {
    const odd = JSON.parse('{"id":"1","constructor":"c","toString":1,"__proto__":{"x":1}}') as Doc
    const after = write(undefined, odd, 1)
    expect(Object.keys(after)).not.toContain('__proto__')
    expect(sidecarOf(after).r).toEqual({ constructor: at(1), toString: at(1) })
  })

  test('that changes a tombstone leaves it one', () => {
    const deleted = write(base, { ...base, _deleted: true }, 2)
    expect(write(deleted, { ...deleted, name: 'late' }, 3)).toMatchObject({ _deleted: true, name: 'late' })
  })
})

describe('a set that a write leaves as it is', () => {
  const stored = { id: '1', tags: ['a', 'b'], clock: { r: {}, s: { tags: { '"a"': { a: [at(1)] } } } } }

  test('has its unstamped elements stamped by the write, so that a later removal takes them', () => {
    const after = write(stored, { ...stored, name: 'n' }, 2)
    expect(sidecarOf(after).s).toEqual({ tags: { '"a"': { a: [at(1)] }, '"b"': { a: [at(2)] } } })
  })

  test('keeps its dots, those of removed elements too, whatever the order of its elements and their keys', () => {
    const dots = { '{"k":1,"n":2}': { a: [at(1)] }, '"a"': { a: [at(1)] }, '"x"': { a: [at(1)], x: [at(1)] } }
    const full = { id: '1', tags: ['a', { k: 1, n: 2 }], clock: { r: {}, s: { tags: dots } } }
    for (const tags of [['a', { n: 2, k: 1 }], [{ n: 2, k: 1 }, 'a', 'a'], undefined]) {
      const result = stampWrite(SPEC, full, { id: '1', tags }, () => at(9))
      expect(result).toEqual({ ok: true, changed: false, doc: { ...full, _deleted: false } })
      expect(result.ok && JSON.stringify(result.doc['tags'])).toBe('["a",{"k":1,"n":2}]')
    }
  })
})

describe('facts of creation', () => {
  const base = write(undefined, { id: '1', born: 'x', name: 'n' }, 1)

  test.each([
    ['another value', { born: 'y' }, 'born'],
    ['null', { born: null }, 'born'],
    ['a value where there was none', { place: 'here' }, 'place'],
  ])('refuse %s with FIELD_IMMUTABLE', (_what, edit, field) => {
    const result = stampWrite(SPEC, base, { ...base, ...edit }, () => at(2))
    expect(result).toMatchObject({ ok: false, code: 'FIELD_IMMUTABLE', field })
  })

  test('are kept by a write that leaves them out', () => {
    expect(write(base, { id: '1', name: 'm' }, 2)).toMatchObject({ born: 'x', name: 'm' })
  })

  test.each(
    COLLECTIONS.flatMap(({ name, merge: spec }) => spec.immutable.map((field) => [name, field, spec] as const)),
  )('of %s: %s cannot be edited', (_name, field, spec) => {
    const stored = write(undefined, { [spec.key]: '1', [field]: 'as it was' }, 1, spec)
    const result = stampWrite(spec, stored, { ...stored, [field]: 'other' }, () => at(2))
    expect(result).toMatchObject({ ok: false, code: 'FIELD_IMMUTABLE', field })
  })
})

describe('fields of the authority', () => {
  test('keep what is stored, whatever the write says', () => {
    const stored = { ...write(undefined, { id: '1', name: 'n' }, 1), balance: { points: 5 } }
    expect(write(stored, { ...stored, balance: { points: 500 }, name: 'm' }, 2)['balance']).toEqual({ points: 5 })
    expect(write(stored, { id: '1', name: 'm' }, 2)['balance']).toEqual({ points: 5 })
    expect(write(undefined, { id: '1', balance: { points: 500 } }, 1)).not.toHaveProperty('balance')
  })
})

describe('an erased document', () => {
  const spec = members.merge
  const member = {
    id: 'm',
    scope: 'shared',
    generation: 0,
    name: 'Ada',
    tags: ['vip'],
    registrations: [],
    aliases: [],
    followUps: [],
  }
  const stored = { ...eraseDocument(spec, write(undefined, member, 1, spec), at(2)), balanceSeq: 7 }
  const never = () => {
    throw new Error('nothing is stamped')
  }

  test.each([
    ['an edit', { name: 'Ada' }, 'name'],
    ['a further field', { note: 'x' }, 'note'],
    ['an addition to a set', { tags: ['vip'] }, 'tags'],
    ['a revival', { _deleted: false }, '_deleted'],
    ['a revival that says all anew', { ...member, _deleted: false }, 'name'],
  ])('refuses %s with ERASED', (_what, edit, field) => {
    expect(stampWrite(spec, stored, { ...stored, ...edit }, never)).toMatchObject({ ok: false, code: 'ERASED', field })
  })

  test('refuses an insert over it', () => {
    expect(stampWrite(spec, stored, member, never)).toMatchObject({ ok: false, code: 'ERASED' })
    const { name: _name, tags: _tags, ...bare } = member
    expect(stampWrite(spec, stored, bare, never)).toMatchObject({ ok: false, code: 'ERASED', field: '_deleted' })
  })

  test('stays as it is where a write says nothing new', () => {
    expect(stampWrite(spec, stored, stored, never)).toEqual({ ok: true, changed: false, doc: stored })
    const bare = { id: 'm', _deleted: true, _rev: '2-a', balanceSeq: 99, clock: { r: { name: at(9) } } }
    expect(stampWrite(spec, stored, bare, never)).toEqual({
      ok: true,
      changed: false,
      doc: { ...stored, _rev: '2-a' },
    })
  })
})

describe('the status of an order', () => {
  const spec = orders.merge
  const order = write(undefined, { id: 'o', lines: [] }, 1, spec)
  const move = (before: Doc, after: Doc, wallMs = 2) =>
    stampWrite(spec, before, { ...before, ...after }, () => at(wallMs))

  test('begins as created in round 1', () => {
    expect(order).toMatchObject({ status: 'created', round: 1 })
    expect(sidecarOf(order).h).toEqual({ '1:created': at(1) })
  })

  test('notes when each state was reached', () => {
    const paid = write(order, { ...order, status: 'paid' }, 2, spec)
    expect(sidecarOf(write(paid, { ...paid, status: 'closed' }, 3, spec)).h).toEqual({
      '1:created': at(1),
      '1:paid': at(2),
      '1:closed': at(3),
    })
  })

  describe('from paid on', () => {
    const sold = { ...order, memberId: 'm', registrationId: 'r', currency: 'CNY' }
    const unpaid = write(order, sold, 2, spec)
    const paid = write(unpaid, { ...unpaid, status: 'paid' }, 3, spec)

    test.each([
      ['memberId', 'n'],
      ['registrationId', 's'],
      ['currency', 'USD'],
    ])('%s stands, in every state that follows', (field, value) => {
      const refused = { ok: false, code: 'FIELD_IMMUTABLE', field }
      expect(move(unpaid, { [field]: value, status: 'paid' })).toMatchObject({ ok: true })
      for (const status of ['paid', 'fulfilled', 'closed', 'refunded'] as const) {
        const moved = status === 'paid' ? paid : write(paid, { ...paid, status }, 4, spec)
        expect(move(moved, { [field]: value }, 5)).toMatchObject(refused)
        // Whoever opens the next round does not change it in the same breath.
        if (status === 'refunded')
          expect(move(moved, { [field]: value, status: 'paid', round: 2 }, 5)).toMatchObject(refused)
      }
      const { [field]: _gone, ...without } = paid as Record<string, unknown>
      expect(stampWrite(spec, paid, without, () => at(5))).toMatchObject({ ok: true, doc: { [field]: paid[field] } })
    })

    test('a member may still be named where there was none', () => {
      const anonymous = write(order, { ...order, currency: 'CNY', status: 'paid' }, 3, spec)
      expect(move(anonymous, { memberId: 'm', registrationId: 'r' }, 4)).toMatchObject({ ok: true })
      expect(move({ ...anonymous, memberId: 'm' }, { registrationId: 's' }, 4)).toMatchObject({
        code: 'FIELD_IMMUTABLE',
      })
    })

    test('an edit that was made without knowing of the payment still merges, in both orders', () => {
      const edited = write(unpaid, { ...unpaid, memberId: 'n' }, 9, spec)
      expect(merge(spec, paid, edited)).toMatchObject({ memberId: 'n', status: 'paid' })
      expect(merge(spec, paid, edited)).toEqual(merge(spec, edited, paid))
    })
  })

  test.each([
    ['backwards', { status: 'created' }],
    ['out of a terminal status within the round', { status: 'refunded' }],
    ['over two rounds', { status: 'paid', round: 3 }],
    ['to conflicted', { status: 'conflicted' }],
    ['to a status that there is not', { status: 'lost' }],
  ])('does not go %s: ORDER_TRANSITION', (_what, edit) => {
    const closed = write(order, { ...order, status: 'closed' }, 2, spec)
    expect(move(closed, edit)).toMatchObject({ ok: false, code: 'ORDER_TRANSITION', field: 'status' })
  })

  test.each([{ toString: 1 }, 'x'.repeat(10_000)])('repeats nothing that is no status or no round', (wrong) => {
    const result = stampWrite(spec, undefined, { id: 'o', status: wrong, round: wrong }, () => at(1))
    const reason = 'an order cannot go from new to no known status (no round)'
    expect(result).toMatchObject({ ok: false, code: 'ORDER_TRANSITION', reason })
  })

  test.each([0, -1, 1.5, 1_000_001, '1'])('has no round %s', (round) => {
    const result = stampWrite(spec, undefined, { id: 'o', round }, () => at(1))
    expect(result).toMatchObject({ ok: false, code: 'ORDER_TRANSITION' })
  })

  test('is conflicted after a completion here and a refund there, until a person opens the next round', () => {
    const paid = write(order, { ...order, status: 'paid' }, 2, spec)
    const closed = write(paid, { ...paid, status: 'closed' }, 3, spec)
    const refunded = write(paid, { ...paid, status: 'refunded' }, 4, spec)
    const conflicted = merge(spec, closed, refunded)
    expect(conflicted).toMatchObject({ status: 'conflicted', round: 1 })
    expect(move(conflicted, { note: 'seen' }, 5)).toMatchObject({ ok: true, doc: { status: 'conflicted' } })
    expect(move(conflicted, { status: 'refunded' }, 5)).toMatchObject({ ok: false, code: 'ORDER_TRANSITION' })
    const decided = move(conflicted, { status: 'refunded', round: 2 }, 5)
    expect(decided).toMatchObject({ ok: true, doc: { status: 'refunded', round: 2 } })
    if (decided.ok) expect(merge(spec, decided.doc, closed)).toMatchObject({ status: 'refunded', round: 2 })
  })

  test('that nobody stamped is kept by a merge and goes on from where it stands', () => {
    const stranger = { id: 'o', status: 'paid', round: 1 }
    expect(merge(spec, stranger, {})).toMatchObject({ status: 'paid', round: 1 })
    expect(merge(spec, stranger, order)).toMatchObject({ status: 'created' })
    expect(move(stranger, { status: 'created' })).toMatchObject({ ok: false, code: 'ORDER_TRANSITION' })
    expect(move(stranger, { note: 'x' })).toMatchObject({ ok: true, doc: { clock: { h: { '1:paid': at(2) } } } })
  })
})
