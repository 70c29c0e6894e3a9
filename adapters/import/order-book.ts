/**
 * Joins orders with their lines. Holds the selected orders with their lines until both files have been read (files need
 * not be sorted), and of all other orders the id alone, to tell another branch's line from one that belongs nowhere.
 */
import { orders as declaration } from '../../schemas/collections/orders.ts'
import { isOrderState, ORDER_STATES } from '../../schemas/order-status.ts'
import type { SourceRow } from './source-row.ts'
import type { ImportOutput } from './import-output.ts'
import type { OrderLineRecord, OrderRecord } from './import-record.ts'
import { MAX_LEGACY_ID, withoutUndefined } from './member-rows.ts'
import { readOrderLine } from './order-line.ts'
import type { PreparedImport } from './prepared-import.ts'
import { readCurrency, type ProductRows } from './product-rows.ts'
import { readInstant } from './read-time.ts'
import { maxLengthOf, RowFields, toReject } from './row-fields.ts'

interface PendingOrder {
  readonly record: Omit<OrderRecord, 'lines'>
  readonly lines: OrderLineRecord[]
  rejected: boolean
}

const MAX_LINES = (declaration.schema.properties['lines'] as { maxItems: number }).maxItems

export class OrderBook {
  readonly #prepared: PreparedImport
  readonly #output: ImportOutput
  readonly #products: ProductRows
  readonly #selected = new Map<string, PendingOrder>()
  /** Orders that the mapping's `where` leaves out: id and line. */
  readonly #others = new Map<string, number>()
  readonly #memberLegacyIds = new Set<string>()

  constructor(prepared: PreparedImport, output: ImportOutput, products: ProductRows) {
    this.#prepared = prepared
    this.#output = output
    this.#products = products
  }

  readOrder(section: NonNullable<PreparedImport['orders']>, row: SourceRow): void {
    const fields = new RowFields(section, row)
    const legacyId = fields.requiredText('legacyId', MAX_LEGACY_ID)
    const first = this.#selected.get(legacyId)?.record.origin.line ?? this.#others.get(legacyId)
    if (!section.selects(row.fields)) {
      if (first === undefined) this.#others.set(legacyId, row.line)
      return
    }
    if (first !== undefined) fields.refuse('DUPLICATE', 'legacyId', `order ${legacyId} stands in line ${first} already`)
    const record = this.#readRecord(section, row, fields, legacyId)
    if (fields.problems.length > 0) {
      this.#output.reject(toReject(section, row, fields.problems))
      return
    }
    this.#selected.set(legacyId, { record, lines: [], rejected: false })
    if (record.memberLegacyId !== undefined) this.#memberLegacyIds.add(record.memberLegacyId)
  }

  #readRecord(
    section: NonNullable<PreparedImport['orders']>,
    row: SourceRow,
    fields: RowFields<keyof typeof section.readers>,
    legacyId: string,
  ): PendingOrder['record'] {
    const { source, currency, timeOffset } = this.#prepared
    const readTime = (text: string) => readInstant(text, timeOffset)
    const readState = (text: string) => (isOrderState(text) ? text : undefined)
    const numberLength = maxLengthOf(declaration, 'number')
    const number = fields.text('number', numberLength)
    if (number === undefined && legacyId.length > numberLength) {
      fields.refuse('LENGTH', 'number', `${fields.label('legacyId')} is too long to be the order's number`)
    }
    const optional = withoutUndefined({
      memberLegacyId: fields.text('memberLegacyId', MAX_LEGACY_ID),
      note: fields.text('note', maxLengthOf(declaration, 'note')),
      branchId: fields.text('branchId', maxLengthOf(declaration, 'branchId')),
    })
    return {
      kind: 'order',
      origin: { file: section.file, line: row.line },
      source,
      legacyId,
      number: number ?? legacyId,
      placedAt: fields.requiredParsed('placedAt', 'DATE', readTime, 'a time like 1997-12-31 or 1997-12-31 18:05', ''),
      status: fields.requiredParsed('status', 'VALUE', readState, `one of ${ORDER_STATES.join(', ')}`, 'created'),
      currency: fields.parsed('currency', 'VALUE', readCurrency, 'an ISO 4217 code') ?? currency,
      ...optional,
    }
  }

  /** Lines come after all orders. A line that cannot be read takes its order with it: half an order is no order. */
  readLine(section: NonNullable<PreparedImport['orderLines']>, row: SourceRow): void {
    const fields = new RowFields(section, row)
    const orderLegacyId = fields.requiredText('orderLegacyId', MAX_LEGACY_ID)
    const order = this.#selected.get(orderLegacyId)
    if (orderLegacyId !== '' && !order) {
      if (!this.#others.has(orderLegacyId)) this.#output.countOrphans(orderLegacyId, 1)
      return
    }
    const line = readOrderLine(section, fields, this.#products, this.#prepared.currencyDecimals)
    if (order?.lines.length === MAX_LINES) {
      fields.refuse('LINES', undefined, `order ${orderLegacyId} has more than ${MAX_LINES} lines`)
    }
    if (fields.problems.length > 0) {
      const consequence = order ? `; order ${orderLegacyId} is not imported` : ''
      this.#output.reject(toReject(section, row, fields.problems, consequence))
      if (order) this.#rejectOrder(orderLegacyId, order)
    } else if (order?.rejected === true) {
      this.#output.countOrphans(orderLegacyId, 1)
    } else {
      order?.lines.push(line)
    }
  }

  /**
   * A line row with a column too many or too few was rejected. Its order falls with it, if the row names one.
   * @returns the order's id, for the message
   */
  rejectOrderOf(section: NonNullable<PreparedImport['orderLines']>, row: SourceRow): string | undefined {
    const legacyId = new RowFields(section, row).text('orderLegacyId', MAX_LEGACY_ID)
    const order = legacyId === undefined ? undefined : this.#selected.get(legacyId)
    if (!order) return undefined
    this.#rejectOrder(legacyId!, order)
    return legacyId
  }

  /** Whether a selected order names the member. */
  namesMember(legacyId: string): boolean {
    return this.#memberLegacyIds.has(legacyId)
  }

  /** Lets go of the orders, in the order of their file. */
  *release(): Generator<OrderRecord> {
    for (const [legacyId, { record, lines, rejected }] of this.#selected) {
      this.#selected.delete(legacyId)
      if (rejected) continue
      if (this.#prepared.orderLines && lines.length === 0) {
        const reason = `order ${legacyId} has no lines; it is imported without any`
        this.#output.warn({ ...record.origin, kind: 'orders', code: 'NO_LINES', reason })
      }
      yield { ...record, lines }
    }
  }

  #rejectOrder(legacyId: string, order: PendingOrder): void {
    if (order.rejected) return
    order.rejected = true
    this.#output.countRejectedOrder()
    this.#output.countOrphans(legacyId, order.lines.length)
    order.lines.length = 0
  }
}
