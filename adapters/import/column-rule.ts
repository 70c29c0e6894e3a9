/** How one field of a record comes out of a row's columns: a column, a look-up, a constant, a template. */
import { z } from 'zod'

export type ColumnRule =
  | { readonly column: string }
  | { readonly column: string; readonly values: Readonly<Record<string, string>>; readonly unknown: 'reject' | 'empty' }
  | { readonly column: string; readonly whenEmpty: string; readonly otherwise: string }
  | { readonly constant: string }
  | { readonly template: string }

/** What a rule makes of one row; `problem` says why there is no value although the row has something there. */
interface Reading {
  readonly value?: string
  readonly problem?: string
}

export interface FieldReader {
  /** For messages: `column "orderDate"`. */
  readonly label: string
  readonly read: (fields: readonly string[]) => Reading
}

const EXPECTED =
  'a column name, {column}, {column, values, unknown}, {column, whenEmpty, otherwise}, {constant} or {template}'

const text = (expected: string) => z.string({ error: `expected ${expected}` }).min(1, `expected ${expected}`)
const columnName = text('the name of a column')

const FORMS: readonly (readonly [key: string, schema: z.ZodType<ColumnRule>])[] = [
  ['constant', strict({ constant: text('a text') })],
  ['template', strict({ template: text('a text with {column} in it').regex(/\{[^{}]+\}/, 'names no {column}') })],
  [
    'values',
    strict({
      column: columnName,
      values: z.record(z.string(), text('a text'), {
        error: 'expected pairs of a value in the file and what it means',
      }),
      unknown: z.enum(['reject', 'empty'], { error: 'expected reject or empty' }).default('reject'),
    }),
  ],
  ['whenEmpty', strict({ column: columnName, whenEmpty: text('a text'), otherwise: text('a text') })],
  ['otherwise', strict({ column: columnName, whenEmpty: text('a text'), otherwise: text('a text') })],
  ['column', strict({ column: columnName })],
]

export const columnRuleSchema = z.unknown().transform((value, context): ColumnRule => {
  const written = typeof value === 'string' ? { column: value } : value
  const keys = typeof written === 'object' && written !== null ? Object.keys(written) : []
  const form = FORMS.find(([key]) => keys.includes(key))
  if (!form) {
    context.issues.push({
      code: 'custom',
      input: value,
      message: value === undefined ? `is missing; expected ${EXPECTED}` : `expected ${EXPECTED}`,
    })
    return z.NEVER
  }
  const result = form[1].safeParse(written)
  if (result.success) return result.data
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as never)
  return z.NEVER
})

/** An object that knows its keys and names them when it finds others. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `is not known here; known are ${known}`
        : `expected keys and values: ${known}`,
  })
}

/** The columns of the file that a rule reads. */
export function columnsOfRule(rule: ColumnRule): readonly string[] {
  if ('column' in rule) return [rule.column]
  if ('template' in rule) return [...rule.template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1]!)
  return []
}

/** The values that a rule can give, where the mapping itself says them; `[]` where the file does. */
export function fixedValuesOfRule(rule: ColumnRule): readonly string[] {
  if ('constant' in rule) return [rule.constant]
  if ('values' in rule) return Object.values(rule.values)
  if ('whenEmpty' in rule) return [rule.whenEmpty, rule.otherwise]
  return []
}

/**
 * @param header must have all columns of the rule
 * @param nullTexts texts that mean "nothing", besides the empty one
 */
export function createFieldReader(
  rule: ColumnRule,
  header: readonly string[],
  nullTexts: readonly string[],
): FieldReader {
  const cell = (fields: readonly string[], column: number): string => {
    const found = fields[column]?.trim() ?? ''
    return nullTexts.includes(found) ? '' : found
  }
  if ('constant' in rule) return { label: 'the constant', read: () => ({ value: rule.constant }) }
  if ('template' in rule) {
    const fill = compileTemplate(rule.template, header)
    return { label: `template "${rule.template}"`, read: (fields) => present(fill((column) => cell(fields, column))) }
  }
  const column = header.indexOf(rule.column)
  const label = `column "${rule.column}"`
  if ('whenEmpty' in rule) {
    return { label, read: (fields) => ({ value: cell(fields, column) === '' ? rule.whenEmpty : rule.otherwise }) }
  }
  if ('values' in rule) {
    const values = new Map(Object.entries(rule.values))
    return {
      label,
      read: (fields) => {
        const found = cell(fields, column)
        if (found === '' || values.has(found)) return present(values.get(found) ?? '')
        return rule.unknown === 'empty' ? {} : { problem: `${label}: "${clip(found)}" is not in the table of values` }
      },
    }
  }
  return { label, read: (fields) => present(cell(fields, column)) }
}

/** For messages: enough of a value to recognise it. */
export function clip(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value
}

function present(value: string): Reading {
  return value === '' ? {} : { value }
}

/** Of empty columns and the texts between them only the first text stays, so "{street}, {city}" never ends with a comma. */
function compileTemplate(template: string, header: readonly string[]): (cell: (column: number) => string) => string {
  const parts = template.split(/\{([^{}]+)\}/)
  const columns = parts.filter((_, i) => i % 2 === 1).map((name) => header.indexOf(name))
  return (cell) => {
    let out = ''
    let before: string | undefined
    for (let i = 1; i < parts.length; i += 2) {
      before ??= parts[i - 1]!
      const value = cell(columns[(i - 1) / 2]!)
      if (value === '') continue
      out += before + value
      before = undefined
    }
    return out === '' ? '' : out + parts.at(-1)!
  }
}
