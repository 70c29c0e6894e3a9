/**
 * What the paths of a mapping lead to, by the JSON schema of their collection. A path that leads nowhere reads nothing, of any
 * document: a condition on it would leave every row out.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { MirrorColumn, MirrorColumnType, MirrorScalar } from '../../schemas/mirror-mapping.ts'
import { nearestName } from '../config/nearest-name.ts'

/** The part of a JSON schema that says what stands at a path. */
export interface Property {
  readonly type?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Property>>
  readonly additionalProperties?: boolean | Property
  readonly items?: Property | readonly Property[]
}

/** As the columns and conditions of a table name it; why it is none, to follow "reads …, but". */
export type FieldReader = (path: string) => Property | string

/** @param each the table's list; where it is none, its elements may be anything */
export function fieldsOf(each: string | undefined, schema: CollectionDeclaration['schema']): FieldReader {
  const document = withFrame(schema as Property)
  const element = each === undefined ? document : elementOf(walk(document, each, THE_DOCUMENT))
  return (path) => {
    if (path === '#') return { type: 'integer' }
    if (path === '_deleted') return FRAME[path]
    if (path.startsWith('^')) return walk(document, path.slice(1), THE_DOCUMENT)
    return walk(element, path, each === undefined ? THE_DOCUMENT : `an element of ${each}`)
  }
}

/** Why the elements of this cannot be rows. */
export function noListAt(each: string, schema: CollectionDeclaration['schema']): string | undefined {
  const list = walk(withFrame(schema as Property), each, THE_DOCUMENT)
  if (typeof list === 'string') return `reads ${each}, but ${list}`
  return mayBe(list, ['array']) ? undefined : `reads ${each}, which is no list: it is ${typeInWords(list)}`
}

/** Why no value of the field fits into the column. */
export function misfitOf(field: Property, { type, values, mask }: MirrorColumn): string | undefined {
  const taken = mask ? ['string'] : values ? SCALARS : TAKEN[type]
  if (!taken || mayBe(field, taken)) return undefined
  if (mask || values) return `is ${typeInWords(field)}, of which there is no ${mask ? 'mask' : 'value to look up'}`
  return `is ${typeInWords(field)}, which a column of type ${type} cannot hold`
}

/** Why the keys of `values` are none of the fields' values, by the keys. */
export function unknownValues(fields: readonly Property[], values: readonly string[]): ReadonlyMap<string, string> {
  const known = fields.map(textsOf)
  if (known.includes(undefined)) return new Map()
  const texts = known.flatMap((one) => one ?? [])
  const unknown = values.filter((value) => !texts.includes(value))
  return new Map(unknown.map((value) => [value, `is none of its values${orKnown(value, texts)}`]))
}

/** Why the field is never this. */
export function neverIs(field: Property, value: MirrorScalar): string | undefined {
  if (value === null) return undefined
  const texts = field.enum && textsOf(field)
  if (texts && !field.enum.includes(value)) return `is none of its values${orKnown(String(value), texts)}`
  const isWhole = Number.isInteger(value)
  const types = typeof value === 'number' ? ['number', ...(isWhole ? ['integer'] : [])] : [typeof value]
  return mayBe(field, types) ? undefined : `is none of its values: it is ${typeInWords(field)}`
}

/** What is known instead of a name, and which of it was meant. */
export function orKnown(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  return `${near === undefined ? '; known are' : `: did you mean ${near}? Known are`} ${known.join(', ')}`
}

/** @returns the JSON types that a field may have; none where the schema says nothing of it */
export function typesOf(field: Property): readonly string[] {
  const types: readonly unknown[] = Array.isArray(field.type) ? field.type : [field.type]
  return types.filter((one) => typeof one === 'string' && one !== 'null').map(String)
}

const THE_DOCUMENT = 'the document'
const ANYTHING: Property = {}
/** What documents have whatever their schema says. */
const FRAME = {
  _deleted: { type: 'boolean' },
  _rev: { type: 'string' },
  _meta: { type: 'object' },
  _attachments: { type: 'object' },
} as const
/** With one of these a schema says elsewhere what may stand there. */
const ELSEWHERE = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties']
const PLACE = /^\d+$/
const NUMBERS = ['integer', 'number']
const SCALARS = ['string', 'boolean', ...NUMBERS]

/** Of which JSON types a column holds some value; JSON any. */
const TAKEN: Readonly<Record<MirrorColumnType, readonly string[] | undefined>> = {
  key: SCALARS,
  text: SCALARS,
  longtext: SCALARS,
  integer: NUMBERS,
  money: NUMBERS,
  amount: NUMBERS,
  decimal: NUMBERS,
  boolean: ['boolean'],
  datetime: ['string'],
  date: ['string'],
  json: undefined,
}

/** RxDB takes a document's own fields for closed where the schema does not say so. */
function withFrame(schema: Property): Property {
  return { additionalProperties: false, ...schema, properties: { ...schema.properties, ...FRAME } }
}

function walk(from: Property, path: string, name: string): Property | string {
  const steps = path.split('.')
  let at = from
  for (const [i, step] of steps.entries()) {
    const next = fieldIn(at, step)
    if (next === undefined) return noField(at, steps.slice(0, i + 1), name)
    at = next
  }
  return at
}

function fieldIn(at: Property, step: string): Property | undefined {
  const { properties = {}, additionalProperties: others = true } = at
  if (mayBe(at, ['array']) && PLACE.test(step)) return elementOf(at)
  if (!mayBe(at, ['object'])) return undefined
  if (Object.hasOwn(properties, step)) return properties[step]
  if (others !== false) return others === true ? ANYTHING : others
  return ELSEWHERE.some((word) => Object.hasOwn(at, word)) ? ANYTHING : undefined
}

function elementOf(list: Property | string): Property {
  const items = typeof list === 'string' ? undefined : list.items
  return items === undefined || isTuple(items) ? ANYTHING : items
}

function isTuple(items: Property | readonly Property[]): items is readonly Property[] {
  return Array.isArray(items)
}

/** @param steps to the one that leads nowhere */
function noField(at: Property, steps: readonly string[], root: string): string {
  const [step = ''] = steps.slice(-1)
  const above = steps.slice(0, -1)
  const name = above.length === 0 ? root : above.join('.')
  if (mayBe(at, ['object'])) return `${name} has no ${step}${orKnown(step, fieldNames(at))}`
  if (mayBe(at, ['array'])) return `${name} is a list, whose first element is ${[...above, '0'].join('.')}`
  return `${name} is ${typeInWords(at)} and has no fields`
}

/** Those that people mean. */
function fieldNames({ properties = {} }: Property): readonly string[] {
  return Object.keys(properties).filter((name) => !['_rev', '_meta', '_attachments'].includes(name))
}

function mayBe(field: Property, types: readonly string[]): boolean {
  const own = typesOf(field)
  return own.length === 0 || own.some((type) => types.includes(type))
}

function typeInWords(field: Property): string {
  return `of type ${typesOf(field).join(' or ')}`
}

/** All that the field may be, as texts; `undefined` where the schema does not list it. */
function textsOf(field: Property): readonly string[] | undefined {
  if (field.enum) return field.enum.filter((one) => one !== null).map(String)
  const types = typesOf(field)
  return types.length === 1 && types[0] === 'boolean' ? ['true', 'false'] : undefined
}
