/** Makes member records of rows. A phone is passed on as written: a person without a usable one is imported too. */
import { members as declaration } from '../../schemas/collections/members.ts'
import type { SourceRow } from './source-row.ts'
import type { ImportOutput } from './import-output.ts'
import type { MemberRecord } from './import-record.ts'
import { isCountry } from './mapping.ts'
import type { PreparedImport } from './prepared-import.ts'
import { readDay } from './read-time.ts'
import { maxLengthOf, RowFields, toReject } from './row-fields.ts'

/** As long as the alias that it becomes may be. */
export const MAX_LEGACY_ID = 128

export class MemberRows {
  readonly #prepared: PreparedImport
  readonly #output: ImportOutput
  readonly #isWanted: (legacyId: string) => boolean
  readonly #lines = new Map<string, number>()

  /** @param isWanted whether an imported order names the member; asked where the mapping says `referencedBy` */
  constructor(prepared: PreparedImport, output: ImportOutput, isWanted: (legacyId: string) => boolean) {
    this.#prepared = prepared
    this.#output = output
    this.#isWanted = isWanted
  }

  read(section: NonNullable<PreparedImport['members']>, row: SourceRow): void {
    if (!section.selects(row.fields)) return
    const fields = new RowFields(section, row)
    const legacyId = fields.requiredText('legacyId', MAX_LEGACY_ID)
    if (section.onlyReferenced && legacyId !== '' && !this.#isWanted(legacyId)) return
    const optional = withoutUndefined({
      phone: fields.text('phone', Infinity),
      country:
        fields.parsed(
          'country',
          'VALUE',
          readCountry,
          'an ISO 3166-1 alpha-2 code; a table of values can translate it',
        ) ?? this.#prepared.defaultCountry,
      email: fields.text('email', maxLengthOf(declaration, 'email')),
      address: fields.text('address', maxLengthOf(declaration, 'address')),
      note: fields.text('note', maxLengthOf(declaration, 'note')),
      birthday: fields.parsed('birthday', 'DATE', readDay, 'a date like 1997-12-31'),
    })
    const record: MemberRecord = {
      kind: 'member',
      origin: { file: section.file, line: row.line },
      source: this.#prepared.source,
      legacyId,
      name: fields.requiredText('name', maxLengthOf(declaration, 'name')),
      ...optional,
      scope: section.scope,
    }
    const first = this.#lines.get(legacyId)
    if (first !== undefined)
      fields.refuse('DUPLICATE', 'legacyId', `member ${legacyId} stands in line ${first} already`)
    if (fields.problems.length > 0) {
      this.#output.reject(toReject(section, row, fields.problems))
      return
    }
    this.#lines.set(legacyId, row.line)
    this.#output.record(record)
  }
}

function readCountry(text: string): string | undefined {
  const code = text.toUpperCase()
  return isCountry(code) ? code : undefined
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** Records have no keys without a value: `exactOptionalPropertyTypes`, and equality in tests. */
export function withoutUndefined<T extends Record<string, unknown>>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
}
