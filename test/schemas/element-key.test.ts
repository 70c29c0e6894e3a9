import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isElementKey, spells } from '../../schemas/element-key.ts'
import { canonicalJson } from '../../schemas/json.ts'

const RUNS = { numRuns: 3000 }
/** Of these, hardly any text means what it seems to. */
const text = fc.array(fc.constantFrom('a', '"', '\\', ',', ':', '{', '}', '\n', '\ud83d', '\ude00', '中'), {
  maxLength: 5,
})
const hostile = text.map((parts) => parts.join(''))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    hostile,
    fc.constantFrom<unknown>(null, true, 0, -0, 1, 1.5, 1e21, Number.NaN, undefined, [], {}),
    fc
      .array(fc.tuple(hostile, tie('value')), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries) as unknown),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
}))

/** The form without any escape, in the order of the record: a key that a stranger might make up. */
function naive(of: unknown): string {
  if (typeof of === 'string') return `"${of}"`
  if (typeof of !== 'object' || of === null || Array.isArray(of)) return canonicalJson(of)
  return `{${Object.entries(of)
    .map(([key, item]) => `"${key}":${naive(item)}`)
    .join(',')}}`
}

describe('a text spells a value', () => {
  test('only if it is its canonical form, and the value is as JSON.parse would make it of the text', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        for (const key of [
          canonicalJson(one),
          naive(one),
          canonicalJson(other),
          `${naive(one)} `,
          naive(one).slice(0, -1),
        ]) {
          if (!spells(key, one)) continue
          expect(canonicalJson(one)).toBe(key)
          expect(isElementKey(key)).toBe(true)
          expect(JSON.stringify(one)).toBe(key)
          expect(JSON.parse(key)).toStrictEqual(one)
        }
      }),
      RUNS,
    )
  })

  test.each([['vip'], [7], [true], [null], [{ legacyId: 'K 1', source: '表' }], [{ a: { b: 1 }, c: 'x' }]])(
    'where that is plain: %j',
    (plain) => {
      expect(spells(canonicalJson(plain), plain)).toBe(true)
    },
  )

  test.each([
    ['"a"b"', 'a"b'],
    ['{"a":"b","c":"d"}', { a: 'b","c":"d' }],
    ['0', -0],
    ['{"b":1,"a":2}', { b: 1, a: 2 }],
  ])('not where %j would have to be written otherwise', (key, odd) => {
    expect(spells(key, odd)).toBe(false)
  })
})

test('a key is one exactly if it is canonical, however often it is asked for', () => {
  for (const [key, isKey] of [
    ['"x"', true],
    ['{"a":1,"b":2}', true],
    ['{"b":2,"a":1}', false],
    [' "x"', false],
    ['constructor', false],
    ['__proto__', false],
  ] as const) {
    expect([isElementKey(key), isElementKey(key)]).toEqual([isKey, isKey])
  }
})

test('more keys than are remembered are told apart all the same', () => {
  for (let i = 0; i < 25_000; i++) expect(isElementKey(i % 2 ? `"${i}"` : ` ${i}`)).toBe(i % 2 === 1)
})
