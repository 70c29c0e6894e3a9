/** Makes product records of rows, and remembers the products for the lines that name them. */
import { products as declaration } from '../../schemas/collections/products.ts'
import { productIdOfLegacy } from '../../schemas/member-id.ts'
import type { SourceRow } from './source-row.ts'
import type { ImportOutput } from './import-output.ts'
import { isCurrency } from './mapping.ts'
import type { PreparedImport } from './prepared-import.ts'
import { maxLengthOf, RowFields, toReject } from './row-fields.ts'

/** What an order line takes from its product where it does not say it itself. */
export interface KnownProduct {
  readonly name: string
  /** Minor units. */
  readonly price: number
}

export class ProductRows {
  /** Of a legacy id, so that the product's id fits its document. */
  readonly maxIdLength: number
  readonly #prepared: PreparedImport
  readonly #output: ImportOutput
  readonly #known: Map<string, KnownProduct>
  readonly #checksProducts: boolean
  readonly #lines = new Map<string, number>()
  readonly #rejectedLines = new Map<string, number>()

  /** @param known products that are there already, by legacy id; rows of the file go before them */
  constructor(prepared: PreparedImport, output: ImportOutput, known: ReadonlyMap<string, KnownProduct> | undefined) {
    this.#prepared = prepared
    this.#output = output
    this.#known = new Map(known)
    this.#checksProducts = prepared.products !== undefined || known !== undefined
    this.maxIdLength = maxLengthOf(declaration, 'id') - productIdOfLegacy(prepared.source, '').length
  }

  read(section: NonNullable<PreparedImport['products']>, row: SourceRow): void {
    if (!section.selects(row.fields)) return
    const { source, currency, currencyDecimals } = this.#prepared
    const fields = new RowFields(section, row)
    const legacyId = fields.requiredText('legacyId', this.maxIdLength)
    const price = fields.requiredMoney('price', currencyDecimals)
    if (price < 0) fields.refuse('NUMBER', 'price', `${fields.label('price')}: a price is not negative`)
    const unit = fields.text('unit', maxLengthOf(declaration, 'unit'))
    const category = fields.text('category', maxLengthOf(declaration, 'category'))
    const discontinued = fields.parsed('discontinued', 'VALUE', readBoolean, 'one of 1, 0, true, false, yes, no')
    const record = {
      kind: 'product' as const,
      origin: { file: section.file, line: row.line },
      source,
      legacyId,
      name: fields.requiredText('name', maxLengthOf(declaration, 'name')),
      price,
      currency: fields.parsed('currency', 'VALUE', readCurrency, 'an ISO 4217 code') ?? currency,
      ...(unit !== undefined && { unit }),
      ...(category !== undefined && { category }),
      ...(discontinued !== undefined && { discontinued }),
    }
    const first = this.#lines.get(legacyId)
    if (first !== undefined)
      fields.refuse('DUPLICATE', 'legacyId', `product ${legacyId} stands in line ${first} already`)
    if (fields.problems.length > 0) {
      if (first === undefined) this.#rejectedLines.set(legacyId, row.line)
      this.#output.reject(toReject(section, row, fields.problems))
      return
    }
    this.#lines.set(legacyId, row.line)
    this.#rejectedLines.delete(legacyId)
    this.#known.set(legacyId, { name: record.name, price: record.price })
    this.#output.record(record)
  }

  get(legacyId: string): KnownProduct | undefined {
    return this.#known.get(legacyId)
  }

  /** Why no line may name the product; nothing where there is no list of products to check against. */
  whyUnknown(legacyId: string): string | undefined {
    if (!this.#checksProducts || this.#known.has(legacyId)) return undefined
    const rejected = this.#rejectedLines.get(legacyId)
    if (rejected === undefined) return `there is no product ${legacyId}`
    return `product ${legacyId} was rejected (${this.#prepared.products?.file} line ${rejected})`
  }
}

export function readCurrency(text: string): string | undefined {
  const code = text.toUpperCase()
  return isCurrency(code) ? code : undefined
}

function readBoolean(text: string): boolean | undefined {
  if (/^(1|true|yes|y|是)$/i.test(text)) return true
  if (/^(0|false|no|n|否)$/i.test(text)) return false
  return undefined
}
