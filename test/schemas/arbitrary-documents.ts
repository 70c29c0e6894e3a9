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
const ELEMENTS = ['x', 'y', 1, -0, null, true, [], { source: 's', legacyId: '1' }, { b: 1, a: [2] }, 'constructor']

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
