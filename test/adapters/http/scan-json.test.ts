import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../adapters/http/read-json-body.ts'
import { scanJson } from '../../../adapters/http/scan-json.ts'
import { excessOf } from '../../../schemas/json-limits.ts'

const LIMITS = { levels: 4, values: 12, length: 1_000 }

const scan = (text: string) => scanJson(Buffer.from(text), LIMITS)

describe('a look at the bytes of JSON', () => {
  it('finds what is nested too deep, in objects too, and whether it ends or not', () => {
    expect(scan('[[[[]]]]')).toBeUndefined()
    expect(scan('[[[[[]]]]]')).toBe('levels')
    expect(scan('[[[[[')).toBe('levels')
    expect(scan('{"a":[{"b":[{"c":1}]}]}')).toBe('levels')
    expect(scan('[[[]],[[]],[[]]]')).toBeUndefined()
  })

  it('finds what holds too many values, or too many containers', () => {
    expect(scan(`[${'0,'.repeat(11)}0]`)).toBe(undefined)
    expect(scan(`[${'0,'.repeat(12)}0]`)).toBe('values')
    expect(scan('[]'.repeat(13))).toBe('values')
  })

  it('takes what stands in strings for nothing else', () => {
    expect(scan(JSON.stringify(['[[[[[[{{{{,,,,,,,,,,,,,,,', '\\', '"[[[[[', '\\"[[[[[']))).toBeUndefined()
    expect(scan('["\\\\",[[[[')).toBe('levels')
    expect(scan('"never ends \\')).toBeUndefined()
  })

  it('refuses nothing that keeps to the limits, and lets nothing pass that is too deep', () => {
    const json = fc
      .jsonValue({ maxDepth: 7 })
      .chain((value) =>
        fc.constantFrom(0, 1).map((indent) => ({ value, text: JSON.stringify(value, undefined, indent) })),
      )
    const property = fc.property(json, ({ value, text }) => {
      const excess = excessOf(value, { ...LIMITS, values: 1_000_000 })
      const found = scanJson(Buffer.from(text), { ...LIMITS, values: 1_000_000 })
      expect(found).toBe(excess === 'levels' ? 'levels' : undefined)
      if (excessOf(value, LIMITS) === undefined) expect(scan(text)).toBeUndefined()
    })
    fc.assert(property, { numRuns: 1000 })
  })
})

describe('a body of 16 MiB', () => {
  it.each([
    ['[', /deeper than 64 levels/],
    ['{"a":', /deeper than 64 levels/],
    ['[],', /more than 500000 values/],
    ['0,', /more than 500000 values/],
  ])('of nothing but %s is refused before anything is made of it', (unit, message) => {
    const bytes = Buffer.alloc(2 ** 24, unit)
    // Parsed first, it would be no JSON: it never ends.
    expect(() => parseJson(bytes)).toThrow(message)
  })
})
