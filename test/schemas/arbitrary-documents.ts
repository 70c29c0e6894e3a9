/** Documents that nobody well-behaved would send: wrong types in every slot, colliding stamps, hostile names. */
import fc from 'fast-check'
import type { WriterId } from '../../schemas/brand.ts'
import { formatStamp, justAfter } from '../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'

const WRITERS = ['a', 'b', 'b0'] as WriterId[]
/** Few enough that two documents often carry the same one. */
const STAMPS = [1, 2, 0x7fff_ffff_ffff].flatMap((wall) =>
  WRITERS.flatMap((writer) => [0, 35].map((counter) => formatStamp(wall, counter, writer))),
)
const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'clock',
  '_deleted',
  '_meta',
  '_rev',
  '',
]
const ELEMENTS = [
  'x',
  'y',
  1,
  -0,
  null,
  true,
  [],
  { source: 's', legacyId: '1' },
  { b: 1, a: [2] },
  'constructor',
  // Two contents under one id.
  { id: 'm', by: 'Li' },
  { id: 'm', by: 'Wang' },
  { id: '__proto__' },
  { id: 1 },
]

export const wellFormedStamp = fc.constantFrom(...STAMPS)

const anyStamp = fc.oneof(
  { weight: 6, arbitrary: wellFormedStamp },
  { weight: 1, arbitrary: wellFormedStamp.map(justAfter) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '!', '!!', '~', 'zzzzzzzzzzzzz', `${STAMPS[0]!}~`, STAMPS[1]!.toUpperCase(), '中'),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
)

export const jsonValue = fc.jsonValue({ maxDepth: 2 })
const value = fc.oneof(fc.constantFrom<unknown>(null, 0, -0, 1, 'a', 'b', '', {}, []), jsonValue)

/** Any key, `__proto__` included, becomes an own property, as JSON.parse makes it. */
function recordOf(key: fc.Arbitrary<string>, of: fc.Arbitrary<unknown>, maxLength = 8): fc.Arbitrary<Doc> {
  return fc.array(fc.tuple(key, of), { maxLength }).map((entries) => Object.fromEntries(entries))
}

function orJunk(of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 8, arbitrary: of }, { weight: 1, arbitrary: jsonValue })
}

/** JSON of any kind where a document is expected, most of it nearly one. */
export function hostileDoc(declaration: CollectionDeclaration): fc.Arbitrary<Doc> {
  const spec = declaration.merge
  const fields = Object.keys(declaration.schema.properties).filter((field) => field !== 'clock')
  const groups = Object.keys(spec.registers)
  const field = fc.constantFrom(...fields, ...groups, ...HOSTILE_NAMES, 'unknown')
  const elementKey = fc.constantFrom(
    ...ELEMENTS.map(canonicalJson),
    '{"b":1,"a":[2]}',
    ' "x"',
    'no json',
    '__proto__',
    'constructor',
  )
  const dots = recordOf(fc.constantFrom('a', 'x', '__proto__'), orJunk(fc.array(anyStamp, { maxLength: 4 })), 3)
  const setField = fc.constantFrom(...spec.sets, 'name', '__proto__')
  const entry = fc.constantFrom('1:paid', '1:cancelled', '2:closed', '2:refunded', '02:paid', '0:paid', '1:conflicted')
  const sidecar = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record(
        {
          r: orJunk(recordOf(field, anyStamp)),
          s: orJunk(recordOf(setField, orJunk(recordOf(elementKey, orJunk(dots), 5)), 4)),
          h: orJunk(recordOf(fc.oneof(entry, fc.constantFrom('__proto__', '9007199254740993:paid')), anyStamp, 4)),
          d: anyStamp,
          // Seldom one, since an erased state has nothing else to tell.
          e: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('', '~', null) }, { weight: 1, arbitrary: anyStamp }),
        },
        { requiredKeys: ['r'] },
      ) as fc.Arbitrary<unknown>,
    },
    { weight: 2, arbitrary: jsonValue },
  )
  const set = orJunk(fc.array(fc.constantFrom<unknown>(...ELEMENTS), { maxLength: 4 }))
  const special: Record<string, fc.Arbitrary<unknown>> = {
    clock: sidecar,
    _deleted: fc.oneof(fc.boolean(), jsonValue),
    ...Object.fromEntries(spec.sets.map((name) => [name, set])),
    ...(spec.hasStatus && {
      status: fc.constantFrom<unknown>('created', 'paid', 'closed', 'cancelled', 'conflicted', 'x', 1),
      round: fc.constantFrom<unknown>(0, 1, 2, 1.5, 1e6 + 1, '1'),
    }),
  }
  const plain = recordOf(field, value)
  const doc = fc
    .tuple(plain, fc.record(special, { requiredKeys: [] }))
    .map(([some, rest]) => Object.fromEntries([...Object.entries(some), ...Object.entries(rest)]))
  return fc.oneof({ weight: 19, arbitrary: doc }, { weight: 1, arbitrary: jsonValue as fc.Arbitrary<never> })
}

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly items?: Property
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}

/** Documents that pass the collection's schema, with sidecars, deletions and erasures of any kind. */
export function validDoc(declaration: CollectionDeclaration): fc.Arbitrary<Doc> {
  const { clock: _clock, ...fields } = declaration.schema.properties as Record<string, Property>
  const spec = declaration.merge
  const document = recordOfProperties(fields, declaration.schema.required as readonly string[], (name, property) => {
    // One document in several states, whose fields often agree.
    if (name === spec.key) return fc.constant('one')
    if (spec.hasStatus && name === 'status')
      return fc.constantFrom('created', 'paid', 'closed', 'cancelled', 'refunded')
    if (spec.hasStatus && name === 'round') return fc.integer({ min: 1, max: 3 })
    return valueOf(property)
  })
  const alone = Object.keys(fields).filter((field) => !spec.authority.includes(field) && field !== spec.key)
  const stamps = fc.dictionary(fc.constantFrom(...alone, ...Object.keys(spec.registers), '_deleted'), wellFormedStamp, {
    maxKeys: 8,
  })
  return fc
    .record({
      document,
      r: stamps,
      dots: fc.array(dotsOfElement, { minLength: 1, maxLength: 4 }),
      removed: fc.constantFrom('"gone"', '{"source":"s"}'),
      unstamped: fc.nat({ max: 1 }),
      history: fc.dictionary(fc.constantFrom('1:created', '1:paid', '1:cancelled', '2:closed'), wellFormedStamp),
      d: fc.option(fc.oneof(wellFormedStamp, wellFormedStamp.map(justAfter)), { nil: undefined, freq: 3 }),
      e: fc.option(wellFormedStamp, { nil: undefined, freq: 8 }),
      deleted: fc.option(fc.boolean(), { nil: undefined }),
    })
    .map(({ document: doc, r, dots, removed, unstamped, history, d, e, deleted }) => {
      const s = Object.fromEntries(
        spec.sets.map((field) => {
          // In some, one element of the array is not in the sidecar; one that was removed is in the sidecar only.
          const keys = [...new Set((doc[field] as unknown[]).slice(unstamped).map(canonicalJson)), removed]
          const element = (key: string, i: number) =>
            key === removed ? { a: [], x: dots[0]!.a } : dots[i % dots.length]
          return [field, Object.fromEntries(keys.map((key, i) => [key, element(key, i)]))]
        }),
      )
      const clock = {
        r,
        ...(spec.sets.length > 0 && { s }),
        ...(spec.hasStatus && { h: history }),
        ...(d !== undefined && { d }),
        ...(e !== undefined && { e }),
      }
      return { ...doc, clock, ...(deleted !== undefined && { _deleted: deleted }) }
    })
}

const dotsOfElement = fc.record(
  {
    a: fc.array(wellFormedStamp, { minLength: 1, maxLength: 3 }),
    x: fc.array(wellFormedStamp, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['a'] },
)

function recordOfProperties(
  properties: Readonly<Record<string, Property>>,
  required: readonly string[],
  of: (name: string, property: Property) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(properties).map(([name, property]) => [name, of(name, property)] as const)
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...required].filter((name) => name in properties) })
}

/** A value that a property of a schema admits; of texts with a pattern the few that the collections use. */
function valueOf(property: Property): fc.Arbitrary<unknown> {
  if (property.enum) return fc.constantFrom(...property.enum)
  switch (property.type) {
    case 'string':
      return property.pattern === undefined ? textOf(property) : fc.constantFrom(...examplesOf(property.pattern))
    case 'integer':
    case 'number':
      return fc.oneof(fc.constantFrom(0, 1, 2), fc.integer({ min: 0, max: 1000 })).map((n) => within(n, property))
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(property.items ? valueOf(property.items) : jsonValue, { maxLength: 4 })
    case 'object':
      if (property.properties)
        return recordOfProperties(property.properties, property.required ?? [], (_, p) => valueOf(p))
      return fc.dictionary(fc.constantFrom('a', 'b'), jsonValue)
    case undefined:
      return jsonValue
    default:
      throw new Error(`nobody has said how to make a ${property.type}`)
  }
}

function textOf({ minLength = 0, maxLength = 20 }: Property): fc.Arbitrary<string> {
  const some = fc.constantFrom('a', 'b', 'a"b', '\\', '\n', '中', '\ud83d', 'constructor')
  const any = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 20)) })
  return fc.oneof(
    some.filter((text) => text.length >= minLength && text.length <= maxLength),
    any,
  )
}

const EXAMPLES = [
  '+8613800138000',
  '+4915112345678',
  '2026-01-01T08:00:00.000Z',
  '2026-02-28T23:59:59.999Z',
  'CNY',
  'EUR',
]

function examplesOf(pattern: string): string[] {
  const examples = EXAMPLES.filter((text) => new RegExp(pattern, 'u').test(text))
  if (examples.length === 0) throw new Error(`an example for ${pattern} is missing`)
  return examples
}

function within(value: number, { minimum = value, maximum = value }: Property): number {
  return Math.min(Math.max(value, minimum), maximum)
}
