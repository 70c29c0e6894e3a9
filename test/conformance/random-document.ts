/** Documents by chance, small enough to meet again and again, with everything that orders or matches strangely. */
import type { SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { schemaOf } from './storage-fixture.ts'

export const IDS: readonly string[] = ['a', 'b', 'ä', '🍵', '\uffee', 'd1', 'd10', 'd2', '"q"', '\ud83c']
export const STRINGS: readonly string[] = ['', 'a', 'b', 'aa', 'A', 'ä', '🍵', '\ue000', '\uffff', '\ud83c', '10', 'B']
export const NUMBERS: readonly number[] = [-3, -0.5, 0, 0.5, 1, 2, 3, 10, 1e9, -1e9]
/** Times of tombstones that every cleanup takes, and of others that none does, in no order at all. */
export const LWTS: readonly number[] = [1000, 1000.01, 2000.5, 99_999, 4e12, 4e12 + 0.25]
export const VALUES: readonly unknown[] = [
  ...STRINGS.slice(0, 4),
  ...NUMBERS.slice(0, 6),
  true,
  false,
  null,
  null,
  [],
  ['a'],
  ['b', 'a'],
  [1, null],
  {},
  { a: 1 },
  { a: { b: ['c'] } },
]

const PROPERTIES = {
  name: { type: 'string', maxLength: 12 },
  size: { type: 'number', minimum: -10, maximum: 10, multipleOf: 0.5 },
  sold: { type: 'boolean' },
  rank: { type: 'integer', minimum: 0, maximum: 100, multipleOf: 1 },
  at: {
    type: 'object',
    properties: {
      city: { type: 'string', maxLength: 12 },
      level: { type: 'number', minimum: -10, maximum: 10, multipleOf: 0.5 },
    },
  },
  note: { type: 'string' },
  tags: { type: 'array', items: { type: 'string' } },
  lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' }, n: { type: 'number' } } } },
  extra: {},
}
const INDEXES = ['name', 'size', ['sold', 'size'], 'at.city', ['rank', 'name', 'at.level']]

export function randomSchema(random: SeededRandom, attachments: boolean) {
  return schemaOf(PROPERTIES, random.below(4) === 0 ? [] : INDEXES, attachments)
}

/** Fields of a document, without its id. Optional ones are missing or null at times. */
export function randomFields(random: SeededRandom): Readonly<Record<string, unknown>> {
  const text = () => random.pick(STRINGS)
  const half = () => (random.below(13) - 6) / 2
  const listOf = <T>(item: () => T) => Array.from({ length: random.below(3) }, item)
  const fields: Record<string, unknown> = { size: half(), sold: random.below(2) === 0 }
  const put = (field: string, value: () => unknown) => {
    const chance = random.below(10)
    if (chance > 1) fields[field] = value()
    else if (chance === 1) fields[field] = null
  }
  put('name', text)
  put('rank', () => random.below(4))
  put('at', () => {
    const at: Record<string, unknown> = {}
    if (random.below(4) > 0) at['city'] = random.below(8) === 0 ? null : text()
    if (random.below(2) === 0) at['level'] = half()
    return at
  })
  put('note', text)
  put('tags', () => listOf(text))
  put('lines', () => listOf(() => ({ sku: text(), n: half() })))
  if (random.below(2) === 0) fields['extra'] = random.pick(VALUES)
  return fields
}
