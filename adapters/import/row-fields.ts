/** Reads the fields of one row and collects everything that is wrong with it, so that a person corrects a row once. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { clip, type FieldReader } from './column-rule.ts'
import type { SourceRow } from './source-row.ts'
import type { RejectCode, RowReject } from './import-record.ts'
import type { PreparedSection } from './prepared-import.ts'
import { readDecimal, toMinorUnits, type Decimal } from './read-decimal.ts'

interface Problem {
  readonly code: RejectCode
  readonly field?: string | undefined
  readonly reason: string
}

export class RowFields<Field extends string> {
  readonly #row: SourceRow
  readonly #readers: PreparedSection<Field>['readers']
  readonly #problems: Problem[] = []

  constructor(section: PreparedSection<Field>, row: SourceRow) {
    this.#row = row
    this.#readers = section.readers
  }

  get problems(): readonly Problem[] {
    return this.#problems
  }

  /** @param maxLength in UTF-16 code units, as the document's schema counts */
  text(field: Field, maxLength: number): string | undefined {
    const { value, problem } = this.#readers[field]?.read(this.#row.fields) ?? {}
    if (problem !== undefined) this.refuse('VALUE', field, problem)
    if (value === undefined) return undefined
    if (value.length <= maxLength) return value
    this.refuse(
      'LENGTH',
      field,
      `${this.label(field)} has ${value.length} characters, at most ${maxLength} are possible`,
    )
    return undefined
  }

  /** Empty where there is none; the row is refused then. */
  requiredText(field: Field, maxLength: number): string {
    return this.#require(field, this.text(field, maxLength)) ?? ''
  }

  /** A text that a function understands, such as a date. */
  parsed<T>(field: Field, code: RejectCode, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const text = this.text(field, Infinity)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) this.refuse(code, field, `${this.label(field)}: "${clip(text)}" is not ${expected}`)
    return value
  }

  requiredParsed<T>(
    field: Field,
    code: RejectCode,
    parse: (text: string) => T | undefined,
    expected: string,
    none: T,
  ): T {
    return this.#require(field, this.parsed(field, code, parse, expected)) ?? none
  }

  decimal(field: Field): Decimal | undefined {
    return this.parsed(field, 'NUMBER', readDecimal, 'a number like 12.50')
  }

  /** Minor units. */
  money(field: Field, currencyDecimals: number): number | undefined {
    const parse = (text: string) => {
      const decimal = readDecimal(text)
      return decimal && toMinorUnits(decimal, currencyDecimals)
    }
    return this.parsed(field, 'NUMBER', parse, `an amount with at most ${currencyDecimals} decimals`)
  }

  requiredMoney(field: Field, currencyDecimals: number): number {
    return this.#require(field, this.money(field, currencyDecimals)) ?? 0
  }

  /** Refuses the row where a field that was read otherwise is empty and nothing else gives its value. */
  requireText(field: Field): void {
    this.#require(field, this.#readers[field]?.read(this.#row.fields).value)
  }

  refuse(code: RejectCode, field: Field | undefined, reason: string): void {
    this.#problems.push({ code, field, reason })
  }

  label(field: Field): string {
    const reader: FieldReader | undefined = this.#readers[field]
    return reader?.label ?? field
  }

  /** Not reported twice where the reading has failed already. */
  #require<T>(field: Field, value: T | undefined): T | undefined {
    if (value === undefined && !this.#problems.some((problem) => problem.field === field)) {
      this.refuse('MISSING', field, `${this.label(field)} is empty, but ${field} is needed`)
    }
    return value
  }
}

/** All problems in one reject: code and field of the first, the reasons of all. */
export function toReject(
  section: PreparedSection<string>,
  row: SourceRow,
  problems: readonly Problem[],
  consequence = '',
): RowReject {
  const [first] = problems
  return {
    file: section.file,
    line: row.line,
    kind: section.kind,
    code: first!.code,
    ...(first!.field !== undefined && { field: first!.field }),
    reason: problems.map(({ reason }) => reason).join('; ') + consequence,
    text: row.text,
  }
}

/** How long a text may be in the document that it becomes part of. */
export function maxLengthOf(declaration: CollectionDeclaration, field: string): number {
  const { maxLength } = declaration.schema.properties[field] as { maxLength?: number }
  return maxLength ?? Infinity
}
