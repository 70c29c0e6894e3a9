/** What a mapping file says: which files or tables hold members, products and orders, and which columns mean what. */
import { z } from 'zod'
import { isSupportedCountry } from 'libphonenumber-js/min'
import { isRecord } from '../../schemas/json.ts'
import { isOrderState, ORDER_STATES } from '../../schemas/order-status.ts'
import { columnRuleSchema, columnsOfRule, fixedValuesOfRule, strict } from './column-rule.ts'
import type { RowKind } from './import-record.ts'
import { readOffset } from './read-time.ts'

/** One thing that is wrong with a mapping. */
export interface Mistake {
  /** Keys from the top of the mapping. */
  readonly path: readonly string[]
  readonly message: string
}

const text = (expected: string) => z.string({ error: `expected ${expected}` }).min(1, `expected ${expected}`)
const required = columnRuleSchema
const optional = columnRuleSchema.optional()
const country = text('an ISO 3166-1 alpha-2 code such as CN').refine(isCountry, 'is no ISO 3166-1 alpha-2 code')

/** What the sections of a mapping read. */
export type PlaceKind = 'file' | 'table'

/** Of each kind of mapping the keys that say where a section's rows are; both are read into the same shape. */
interface PlaceShape extends z.ZodRawShape {
  readonly file: z.ZodOptional<z.ZodString>
  readonly table: z.ZodOptional<z.ZodString>
  readonly watermark: z.ZodOptional<z.ZodString>
}

const PLACE_SHAPES = {
  file: { file: text('the name of a CSV file') },
  table: { table: text('the name of a table'), watermark: text('the name of a column').optional() },
} as const

const where = strict({ column: text('the name of a column'), equals: text('the value that chooses a row') }).optional()

const delimiterSchema = z.enum([',', ';', '|', 'tab'], { error: 'expected one of , ; | or tab' }).default(',')

const generalShape = {
  version: z.literal('1', { error: 'expected 1, the version of this kind of file' }),
  source: text('a short name of the other system').max(64, 'is longer than 64 characters'),
  defaultCountry: country.optional(),
  currency: text('an ISO 4217 code such as CNY').regex(/^[A-Z]{3}$/, 'is no ISO 4217 code such as CNY'),
  currencyDecimals: text('a number from 0 to 4')
    .regex(/^[0-4]$/, 'expected a number from 0 to 4')
    .default('2')
    .transform(Number),
  timeZone: text('UTC or an offset such as +08:00')
    .default('UTC')
    .transform((zone, context) => {
      const offset = readOffset(zone)
      if (offset !== undefined) return offset
      context.issues.push({ code: 'custom', input: zone, message: 'expected UTC or an offset such as +08:00' })
      return z.NEVER
    }),
  nullTexts: z.array(text('a text that means nothing'), { error: 'expected a list of texts' }).default([]),
  products: z.unknown().optional(),
  members: z.unknown().optional(),
  orders: z.unknown().optional(),
  orderLines: z.unknown().optional(),
}
const productsShape = {
  where,
  columns: strict({
    legacyId: required,
    name: required,
    price: required,
    currency: optional,
    unit: optional,
    category: optional,
    discontinued: optional,
  }),
}

const membersShape = {
  where,
  scope: z.enum(['shared', 'private'], { error: 'expected shared or private' }).default('shared'),
  referencedBy: z.literal('orders', { error: 'expected orders' }).optional(),
  columns: strict({
    legacyId: required,
    name: required,
    phone: optional,
    country: optional,
    email: optional,
    address: optional,
    note: optional,
    birthday: optional,
  }),
}

const ordersShape = {
  where,
  columns: strict({
    legacyId: required,
    number: optional,
    placedAt: required,
    memberLegacyId: optional,
    status: required,
    currency: optional,
    note: optional,
    branchId: optional,
  }),
}

const orderLinesShape = {
  discountIs: z.enum(['fraction', 'amount'], { error: 'expected fraction or amount' }).default('amount'),
  columns: strict({
    orderLegacyId: required,
    productLegacyId: required,
    name: optional,
    price: optional,
    quantity: required,
    discount: optional,
  }),
}

const SCHEMAS = { file: schemasOf('file'), table: schemasOf('table') } as const

function schemasOf(kind: PlaceKind) {
  const place = PLACE_SHAPES[kind] as unknown as PlaceShape
  return {
    // A table has no delimiter.
    general: kind === 'file' ? strict({ ...generalShape, delimiter: delimiterSchema }) : strict(generalShape),
    products: strict({ ...place, ...productsShape }),
    members: strict({ ...place, ...membersShape }),
    orders: strict({ ...place, ...ordersShape }),
    orderLines: strict({ ...place, ...orderLinesShape }),
  }
}

/** The sections that are right; a wrong one is `undefined` and has its mistakes in the list. */
export interface MappingReading {
  readonly general: z.output<ReturnType<typeof schemasOf>['general']> | undefined
  readonly products: Placed<'products'> | undefined
  readonly members: Placed<'members'> | undefined
  readonly orders: Placed<'orders'> | undefined
  readonly orderLines: Placed<'orderLines'> | undefined
  /** What the sections say of their files or tables, the wrong ones as far as they can be understood. */
  readonly places: readonly PlaceUse[]
  /** `undefined` where the mapping has a wrong one. */
  readonly delimiter: string | undefined
  readonly mistakes: readonly Mistake[]
}

/** `place` is the file or the table. */
type Placed<Kind extends RowKind> = z.output<ReturnType<typeof schemasOf>[Kind]> & { readonly place: string }

export interface PlaceUse {
  readonly kind: RowKind
  readonly place: string
  /** The columns that it must have, and who says so. */
  readonly columns: readonly { readonly path: readonly string[]; readonly column: string }[]
}

/** Reads a mapping as far as it is right, and lists everything that is not. All scalars must be strings. */
export function readMapping(written: unknown, placeKind: PlaceKind): MappingReading {
  const mistakes: Mistake[] = []
  const schemas = SCHEMAS[placeKind]
  const parse = <T>(schema: z.ZodType<T>, value: unknown, path: readonly string[]): T | undefined => {
    const result = schema.safeParse(value)
    if (!result.success) mistakes.push(...result.error.issues.flatMap((issue) => toMistakes(issue, path)))
    return result.success ? result.data : undefined
  }
  const general = parse<MappingReading['general']>(schemas.general, written, [])
  const given = toRecord(written)
  const section = <T extends { readonly file?: string | undefined; readonly table?: string | undefined }>(
    schema: z.ZodType<T>,
    name: RowKind,
  ): (T & { place: string }) | undefined => {
    const read = given[name] === undefined ? undefined : parse(schema, given[name], [name])
    return read && { ...read, place: read[placeKind] ?? '' }
  }
  const sections = {
    products: section(schemas.products, 'products'),
    members: section(schemas.members, 'members'),
    orders: section(schemas.orders, 'orders'),
    orderLines: section(schemas.orderLines, 'orderLines'),
  }
  mistakes.push(...sectionMistakes(given))
  for (const [kind, field, isRight, expected] of VOCABULARIES) {
    const path = [kind, 'columns', field]
    const rule = columnRuleSchema.safeParse(toRecord(toRecord(given[kind])['columns'])[field])
    const wrong = rule.success ? fixedValuesOfRule(rule.data).filter((value) => !isRight(value)) : []
    mistakes.push(...wrong.map((value) => ({ path, message: `gives "${value}"; expected ${expected}` })))
  }
  const delimiter = delimiterSchema.safeParse(given['delimiter']).data
  const places = placeUses(given, placeKind)
  return { general, ...sections, places, delimiter: delimiter === 'tab' ? '\t' : delimiter, mistakes }
}

/** Fields that know only some values; where the mapping itself says values, they are checked with it. */
const VOCABULARIES: readonly (readonly [RowKind, string, (value: string) => boolean, string])[] = [
  ['products', 'currency', isCurrency, 'an ISO 4217 code'],
  ['members', 'country', isCountry, 'an ISO 3166-1 alpha-2 code'],
  ['orders', 'currency', isCurrency, 'an ISO 4217 code'],
  ['orders', 'status', isOrderState, `one of ${ORDER_STATES.join(', ')}`],
]

export function isCountry(text: string): boolean {
  return isSupportedCountry(text)
}

export function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text)
}

/** Looks past a section's own mistakes, so that a person learns of those and of the file's in one go. */
function placeUses(given: Readonly<Record<string, unknown>>, placeKind: PlaceKind): readonly PlaceUse[] {
  return ROW_KINDS.flatMap((kind) => {
    const section = toRecord(given[kind])
    const place = section[placeKind]
    if (typeof place !== 'string' || place === '') return []
    const columns = Object.entries(toRecord(section['columns'])).flatMap(([field, written]) => {
      const rule = columnRuleSchema.safeParse(written)
      const names = rule.success ? columnsOfRule(rule.data) : []
      return names.map((column) => ({ path: [kind, 'columns', field], column }))
    })
    const where = toRecord(section['where'])['column']
    if (typeof where === 'string') columns.push({ path: [kind, 'where', 'column'], column: where })
    const watermark = placeKind === 'table' ? section['watermark'] : undefined
    if (typeof watermark === 'string') columns.push({ path: [kind, 'watermark'], column: watermark })
    return [{ kind, place, columns }]
  })
}

const ROW_KINDS: readonly RowKind[] = ['products', 'members', 'orders', 'orderLines']

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

function sectionMistakes(given: Readonly<Record<string, unknown>>): readonly Mistake[] {
  const mistakes: Mistake[] = []
  const has = (name: string) => given[name] !== undefined
  if (!has('products') && !has('members') && !has('orders')) {
    mistakes.push({ path: [], message: 'expected at least one of the sections products, members, orders' })
  }
  if (has('orderLines') && !has('orders')) {
    mistakes.push({ path: ['orderLines'], message: 'needs a section orders that the lines belong to' })
  }
  if (toRecord(given['members'])['referencedBy'] === 'orders' && !has('orders')) {
    mistakes.push({ path: ['members', 'referencedBy'], message: 'needs a section orders' })
  }
  return mistakes
}

/** One mistake for each unknown key, at that key. */
function toMistakes(issue: z.core.$ZodIssue, base: readonly string[]): readonly Mistake[] {
  const path = [...base, ...issue.path.map(String)]
  const message = issue.message
  if (issue.code !== 'unrecognized_keys') return [{ path, message }]
  return issue.keys.map((key) => ({ path: [...path, key], message }))
}
