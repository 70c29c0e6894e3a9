import { describe, expect, it } from 'vitest'
import { excessOf } from '../../schemas/json-limits.ts'

const LIMITS = { levels: 3, values: 10, length: 5 }
const parse = (text: string): unknown => JSON.parse(text)

describe('what JSON may be at most', () => {
  it.each([
    ['as deep as it may be', '[[[1]]]', undefined],
    ['one level deeper', '[[[[]]]]', 'levels'],
    ['deeper inside of objects', '{"a":{"a":{"a":{}}}}', 'levels'],
    ['as many values as it may be', '[1,2,3,4,5,6,7,8,9]', undefined],
    ['one value more', '[1,2,3,4,5,6,7,8,9,0]', 'values'],
    ['many values in small lists', '[[1,2,3],[1,2,3],[1,2,3]]', 'values'],
    ['a string that is as long as it may be', '{"a":"12345"}', undefined],
    ['a longer one', '{"a":["123456"]}', 'length'],
    ['a longer name', '{"123456":1}', 'length'],
    ['a bare string', '"123456"', 'length'],
    ['a name that sets what all objects inherit', '{"a":{"__proto__":{"isManager":true}}}', 'names'],
    ['the long way to the same', '{"constructor":{"prototype":{"isManager":true}}}', 'names'],
    ['a field that happens to be called so', '{"constructor":{"a":1},"prototype":"b"}', undefined],
    ['a list below it', '[{"constructor":["prototype"]}]', undefined],
    ['nothing', 'null', undefined],
  ])('%s', (_what, text, excess) => {
    const limits = text.includes('onstructor') || text.includes('__proto__') ? { ...LIMITS, length: 20 } : LIMITS
    expect(excessOf(parse(text), limits)).toBe(excess)
  })

  it('is found without recursing into what is too deep', () => {
    expect(excessOf(parse('['.repeat(100_000) + ']'.repeat(100_000)), LIMITS)).toBe('levels')
  })
})
