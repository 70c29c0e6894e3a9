import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, isRecord, jsonEqual, own } from '../../schemas/json.ts'

const RUNS = { numRuns: 1000 }
/** Keys that every object inherits are keys like others. */
const key = fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom('__proto__', 'constructor', 'toString', 'a', 'b'))
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1, '', 'a', 1e21, 1e-7, 0.1, '\ud800', '中', '\u2028'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
}))

/** The same value with the keys of each object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, reversed(item)] as const)
      .toReversed(),
  )
}

describe('the canonical form', () => {
  test('is the same exactly where the values are equal', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b))
        expect(jsonEqual(a, reversed(a)) && canonicalJson(a) === canonicalJson(reversed(a))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test('is JSON of the same value, and a fixed point', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value)
        expect(jsonEqual(JSON.parse(text), value)).toBe(true)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
      RUNS,
    )
  })

  test('sorts keys by UTF-16 code units, as in the example of RFC 8785, section 3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const value = Object.fromEntries(names.map((name) => [name, 0]))
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']
    expect(canonicalJson(value)).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`)
  })

  test('writes numbers and texts as in the example of RFC 8785, section 3.2.2', () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    )
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('leaves out what is undefined, and has null for what JSON cannot say', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, Number.NaN, () => 1] })).toBe('{"a":[null,null,null]}')
    expect(canonicalJson(undefined)).toBe('null')
  })
})

describe('equality', () => {
  test('takes a missing key and an undefined one for the same', () => {
    expect(jsonEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true)
    expect(jsonEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true)
    expect(jsonEqual({ a: 1, b: null }, { a: 1 })).toBe(false)
  })

  test('knows names that every object inherits from those that it has', () => {
    expect(jsonEqual({}, { constructor: 1 })).toBe(false)
    expect(jsonEqual({ toString: 1 }, {})).toBe(false)
    expect(jsonEqual(JSON.parse('{"__proto__":{}}'), {})).toBe(false)
    expect(own({}, 'constructor')).toBeUndefined()
    expect(own({ constructor: 1 }, 'constructor')).toBe(1)
  })

  test('knows lists from records', () => {
    expect(jsonEqual([], {})).toBe(false)
    expect(jsonEqual(['a'], { '0': 'a' })).toBe(false)
    expect(jsonEqual([1], [1, 2])).toBe(false)
    expect(jsonEqual([1, 2], [1])).toBe(false)
    expect([[], null, 'x', 1, undefined].some(isRecord)).toBe(false)
  })
})
