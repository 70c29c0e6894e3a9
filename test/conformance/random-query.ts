/** Queries by chance: every operator over every kind of field, with values of its own type and of foreign ones. */
import type { SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { LWTS, NUMBERS, STRINGS, VALUES } from './random-document.ts'

export interface RandomQuery {
  readonly selector: Readonly<Record<string, unknown>>
  readonly sort?: readonly Readonly<Record<string, 'asc' | 'desc'>>[]
  readonly skip?: number
  readonly limit?: number
}

type Kind = 'string' | 'number' | 'boolean' | 'list' | 'any'
type Condition = Readonly<Record<string, unknown>>

/** Indexed, unindexed, nested, through lists, unknown to the schema, and RxDB's own. */
const FIELDS: readonly (readonly [string, Kind])[] = [
  ['id', 'string'],
  ['name', 'string'],
  ['size', 'number'],
  ['sold', 'boolean'],
  ['rank', 'number'],
  ['at.city', 'string'],
  ['at.level', 'number'],
  ['at', 'any'],
  ['note', 'string'],
  ['tags', 'list'],
  ['tags.0', 'string'],
  ['lines', 'list'],
  ['lines.sku', 'string'],
  ['lines.n', 'number'],
  ['extra', 'any'],
  ['nowhere', 'any'],
  ['nowhere.at.all', 'any'],
  ['_deleted', 'boolean'],
  ['_meta.lwt', 'number'],
]
const SORT_FIELDS = [
  'id',
  'name',
  'size',
  'sold',
  'rank',
  'at.city',
  'at.level',
  'note',
  'extra',
  'tags',
  'nowhere',
  '_meta.lwt',
]
const COMPARISONS = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']
const OTHERS = ['$in', '$nin', '$exists', '$type', '$mod', '$regex', '$size', '$elemMatch', '$not']
const TYPES = ['string', 'number', 'int', 'bool', 'boolean', 'array', 'object', 'null', 'undefined', 'nonsense']
const PATTERNS = ['^a', 'a', 'ä', '.', '', '^$', 'B', '[0-9]', '🍵']

export function randomQuery(random: SeededRandom): RandomQuery {
  const selector: Record<string, unknown> = random.below(8) === 0 ? {} : { ...randomSelector(random, 2) }
  if (random.below(2) === 0) selector['_deleted'] = { $eq: false }
  const fields = new Set(Array.from({ length: random.below(4) }, () => random.pick(SORT_FIELDS)))
  const sort = [...fields].map((field) => ({ [field]: random.pick(['asc', 'desc'] as const) }))
  return {
    selector,
    ...(sort.length > 0 && { sort }),
    ...(random.below(3) === 0 && { skip: random.below(5) }),
    ...(random.below(2) === 0 && { limit: random.below(7) }),
  }
}

function randomSelector(random: SeededRandom, depth: number): Condition {
  const selector: Record<string, unknown> = {}
  const parts = 1 + random.below(3)
  for (let i = 0; i < parts; i++) {
    if (depth > 0 && random.below(4) === 0) {
      const length = 1 + random.below(3)
      selector[random.pick(['$and', '$or', '$nor'])] = Array.from({ length }, () => randomSelector(random, depth - 1))
    } else {
      const [field, kind] = random.pick(FIELDS)
      selector[field] = random.below(5) === 0 ? shorthand(random, kind) : randomOperators(random, kind)
    }
  }
  return selector
}

function randomOperators(random: SeededRandom, kind: Kind): Condition {
  const operators: Record<string, unknown> = {}
  const count = 1 + random.below(2)
  for (let i = 0; i < count; i++) Object.assign(operators, randomOperator(random, kind, true))
  return operators
}

function randomOperator(random: SeededRandom, kind: Kind, mayNest: boolean): Condition {
  const operator = random.pick(random.below(2) === 0 ? COMPARISONS : OTHERS)
  if (COMPARISONS.includes(operator)) return { [operator]: operand(random, kind) }
  if (operator === '$in' || operator === '$nin') {
    return { [operator]: Array.from({ length: random.below(4) }, () => operand(random, kind)) }
  }
  if (operator === '$exists') return { $exists: random.below(2) === 0 }
  if (operator === '$type') return { $type: random.pick(TYPES) }
  if (operator === '$mod') return { $mod: [1 + random.below(3), random.below(2)] }
  if (operator === '$size') return { $size: random.below(3) }
  if (operator === '$regex') {
    return { $regex: random.pick(PATTERNS), ...(random.below(3) === 0 && { $options: 'i' }) }
  }
  if (!mayNest) return { $exists: true }
  if (operator === '$not') return { $not: randomOperator(random, kind, false) }
  const line = { sku: random.pick(STRINGS), n: { $gte: random.pick(NUMBERS) } }
  return { $elemMatch: random.below(2) === 0 ? line : randomOperator(random, 'string', false) }
}

/** A quarter of the values is of whatever type. */
function operand(random: SeededRandom, kind: Kind): unknown {
  if (random.below(4) === 0) return random.pick(VALUES)
  switch (kind) {
    case 'string':
      return random.pick(STRINGS)
    case 'number':
      return random.pick(random.below(8) === 0 ? LWTS : NUMBERS)
    case 'boolean':
      return random.below(2) === 0
    case 'list':
      return random.below(2) === 0 ? random.pick(STRINGS) : [random.pick(STRINGS)]
    default:
      return random.pick(VALUES)
  }
}

/** `{field: value}`, which RxDB takes for `$eq` where the value is no object. */
function shorthand(random: SeededRandom, kind: Kind): unknown {
  const value = operand(random, kind)
  return typeof value === 'object' ? null : value
}
