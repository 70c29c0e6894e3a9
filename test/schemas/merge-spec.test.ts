import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { formatStamp, justAfter, NO_STAMP } from '../../schemas/hlc.ts'
import type { Doc } from '../../schemas/json.ts'
import {
  dotsOf,
  isRegisterField,
  isReplicatedField,
  newestEdit,
  newestStamp,
  registerOfField,
  replicatedState,
  sidecarOf,
  type MergeSpec,
} from '../../schemas/merge-spec.ts'

const SPEC: MergeSpec = {
  key: 'id',
  immutable: ['born'],
  registers: { content: ['lines', 'total'] },
  sets: ['tags'],
  hasStatus: true,
  authority: ['balance'],
}
const at = (wallMs: number): Hlc => formatStamp(wallMs, 0, 'w' as WriterId)

describe('the newest stamp', () => {
  test.each<[string, object]>([
    ['a register', { r: { a: at(1), b: at(9) } }],
    ['a register that the collection does not have', { r: { nobody: at(9) } }],
    ['an addition', { r: {}, s: { tags: { '"x"': { a: [at(1), at(9)] } } } }],
    ['a removed dot', { r: {}, s: { tags: { '"x"': { a: [at(1)], x: [at(9)] } } } }],
    ['a status', { r: { a: at(1) }, h: { '1:paid': at(9) } }],
    ['the deletion', { r: { a: at(1) }, d: at(9) }],
    ['the erasure', { r: { a: at(1) }, d: at(2), e: at(9) }],
    ['the deletion just after an edit', { r: { a: at(1) }, d: justAfter(at(9)) }],
  ])('is found in %s, so that no time in the future passes unseen', (_where, clock) => {
    expect(newestStamp({ id: '1', clock })).toBe(at(9))
  })

  test('of an edit leaves the deletion out', () => {
    expect(newestEdit({ r: { a: at(1) }, d: at(9) })).toBe(at(1))
  })

  test('is none where nothing is a stamp', () => {
    const odd: unknown[] = [undefined, null, 1, [], {}, { r: 1 }, { r: { a: '~' }, s: [1], h: 'x', d: '!', e: '!' }]
    for (const clock of [...odd, { r: {}, s: { tags: null, t: { x: 1, y: { a: 'b', x: [1, '~'] } } } }]) {
      expect(newestStamp({ id: '1', clock })).toBe(NO_STAMP)
    }
  })
})

describe('the fields of a document', () => {
  test('are replicated except those of the local storage', () => {
    const doc = JSON.parse(
      '{"id":"1","_rev":"1","_meta":{},"_attachments":{},"_deleted":false,"__proto__":{"x":1}}',
    ) as Doc
    const state = replicatedState({ ...doc, gone: undefined })
    expect(state).toEqual({ id: '1', _deleted: false })
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype)
    expect(['_rev', '_meta', '_attachments'].some(isReplicatedField)).toBe(false)
    expect(isReplicatedField('_deleted')).toBe(true)
  })

  test('are registers unless they have another role', () => {
    const others = [
      'id',
      'born',
      'tags',
      'balance',
      'status',
      'round',
      'clock',
      '_deleted',
      '_rev',
      '_meta',
      '__proto__',
    ]
    expect(others.some((field) => isRegisterField(SPEC, field))).toBe(false)
    expect(['name', 'lines', 'constructor'].every((field) => isRegisterField(SPEC, field))).toBe(true)
    expect(isRegisterField({ ...SPEC, hasStatus: false }, 'status')).toBe(true)
    expect(Object.fromEntries(registerOfField(SPEC))).toEqual({ lines: 'content', total: 'content' })
  })
})

describe('a sidecar', () => {
  test('is empty where a stranger sent something else', () => {
    for (const clock of [undefined, null, 'x', [], {}, { r: [] }, { d: at(1) }]) {
      expect(sidecarOf({ id: '1', clock })).toEqual({ r: {} })
    }
  })

  test('has only dots that are stamps', () => {
    expect(dotsOf({ a: [at(1), '~', 1, null] }, 'a')).toEqual([at(1)])
    for (const odd of [undefined, null, [], 'x', {}, { a: at(1) }]) expect(dotsOf(odd, 'a')).toEqual([])
  })
})
