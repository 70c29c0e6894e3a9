/**
 * Reads rows of a legacy database and makes records of them by the rules that CSV files are read by: page by page in
 * the order of a unique key, or those with given ids. Holds one page, whatever the tables hold.
 */
import { ImportOutput } from '../import/import-output.ts'
import type { ImportRecord } from '../import/import-record.ts'
import { MemberRows } from '../import/member-rows.ts'
import { OrderBook } from '../import/order-book.ts'
import { ProductRows } from '../import/product-rows.ts'
import type { SourceRow } from '../import/source-row.ts'
import type { MysqlSession, MysqlTexts } from '../mysql/mysql-session.ts'
import { quoteName } from '../mysql/table-definition.ts'
import type { LegacyKind, LegacyReject, LegacyRows } from './legacy-batch.ts'
import { after, isOneOf, orderBy, type LegacyPlace, type PreparedLegacy, type Sql } from './legacy-place.ts'

export interface LegacyPage extends LegacyRows {
  /** Rows that were read. */
  readonly read: number
  /** The key of the last row; `undefined` when there are no more. */
  readonly last: readonly string[] | undefined
}

const PAGE: Readonly<Record<LegacyKind, number>> = { member: 500, order: 100 }
const SECTION = { member: 'members', order: 'orders' } as const

export class LegacyReader {
  readonly prepared: PreparedLegacy
  readonly #session: MysqlSession

  constructor(session: MysqlSession, prepared: PreparedLegacy) {
    this.#session = session
    this.prepared = prepared
  }

  /** @param behind the last key of the page before */
  async page(kind: LegacyKind, behind: readonly string[] | null): Promise<LegacyPage> {
    const place = this.prepared[SECTION[kind]]
    if (!place) return { records: [], rejects: [], gone: [], read: 0, last: undefined }
    const where = behind === null ? undefined : after(place.key, behind)
    const texts = await this.#read(place, where, PAGE[kind])
    const last = texts.length < PAGE[kind] ? undefined : keyOf(place, texts.at(-1)!)
    const rows = texts.map((row) => toRow(place, row))
    return { ...(await this.#take(kind, rows)), gone: [], read: rows.length, last }
  }

  /** Rows by their legacy ids; what is not there is gone. A member is not sought where only those of orders are wanted. */
  async rows(kind: LegacyKind, legacyIds: readonly string[]): Promise<LegacyRows> {
    const place = this.prepared[SECTION[kind]]
    const where = place && isOneOf(place.id, legacyIds)
    if (!place || !where) return { records: [], rejects: [], gone: legacyIds.map((legacyId) => ({ kind, legacyId })) }
    const rows = (await this.#read(place, where)).map((row) => toRow(place, row))
    const there = new Set(rows.map(({ text }) => text))
    const gone = legacyIds.map((id) => id.trim()).filter((legacyId) => !there.has(legacyId))
    return { ...(await this.#take(kind, rows)), gone: gone.map((legacyId) => ({ kind, legacyId })) }
  }

  #take(kind: LegacyKind, rows: readonly SourceRow[]): Promise<Omit<LegacyRows, 'gone'>> {
    return kind === 'member' ? this.#members(rows) : this.#orders(rows)
  }

  async #members(rows: readonly SourceRow[]): Promise<Omit<LegacyRows, 'gone'>> {
    const { members } = this.prepared
    const wanted = members?.onlyReferenced ? await this.#referenced(rows.map(({ text }) => text)) : undefined
    const output = new ImportOutput()
    const reader = new MemberRows(this.prepared, output, (id) => wanted?.has(id) ?? true)
    for (const row of rows) reader.read(members!, row)
    return collect('member', output)
  }

  /** The members among these that an order of this branch names. */
  async #referenced(legacyIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { orders } = this.prepared
    const rule = orders?.readers.memberLegacyId
    const where = orders?.memberId && isOneOf(orders.memberId, legacyIds)
    if (!orders || !rule || !where) return new Set()
    const ids = new Set<string>()
    for (let behind: readonly string[] | undefined; ;) {
      const further = behind && after(orders.key, behind)
      const both = further ? join(where, further) : where
      const texts = await this.#read(orders, both, REFERENCES)
      for (const row of texts.map((one) => toRow(orders, one))) {
        const { value } = rule.read(row.fields)
        if (value !== undefined && orders.selects(row.fields)) ids.add(value)
      }
      if (texts.length < REFERENCES) return ids
      behind = keyOf(orders, texts.at(-1)!)
    }
  }

  async #orders(rows: readonly SourceRow[]): Promise<Omit<LegacyRows, 'gone'>> {
    const { prepared } = this
    const { orders, orderLines } = prepared
    const lines = orderLines
      ? await this.#byIds(
          orderLines,
          rows.filter(({ fields }) => orders!.selects(fields)).map(({ text }) => text),
        )
      : []
    const output = new ImportOutput()
    const products = new ProductRows(prepared, new ImportOutput(), undefined)
    const productIds = new Set(lines.map(({ fields }) => orderLines!.readers.productLegacyId?.read(fields).value ?? ''))
    if (prepared.products) {
      for (const row of await this.#byIds(prepared.products, [...productIds])) products.read(prepared.products, row)
    }
    const book = new OrderBook(prepared, output, products)
    for (const row of rows) book.readOrder(orders!, row)
    for (const row of lines) book.readLine(orderLines!, row)
    for (const order of book.release()) output.record(order)
    return collect('order', output)
  }

  async #byIds(place: LegacyPlace, ids: readonly string[]): Promise<SourceRow[]> {
    const rows: SourceRow[] = []
    for (let from = 0; from < ids.length; from += IDS) {
      const where = isOneOf(place.id, ids.slice(from, from + IDS))
      if (where) rows.push(...(await this.#read(place, where)).map((row) => toRow(place, row)))
    }
    return rows
  }

  /** Locking: the log of changes tells of a transaction before its rows are there for others, and this waits for it. */
  #read(place: LegacyPlace, where: Sql | undefined, limit?: number): Promise<MysqlTexts[]> {
    const sql = [
      `SELECT ${place.select} FROM ${quoteName(place.table)}`,
      ...(where ? [`WHERE ${where.sql}`] : []),
      orderBy(place.key),
      ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
      'LOCK IN SHARE MODE',
    ]
    return this.#session.texts(sql.join(' '), [...(where?.values ?? [])])
  }
}

/** Values of one `IN`. */
const IDS = 500
const REFERENCES = 2000

function join(a: Sql, b: Sql): Sql {
  return { sql: `${a.sql} AND ${b.sql}`, values: [...a.values, ...b.values] }
}

function toRow({ header, id }: LegacyPlace, texts: MysqlTexts): SourceRow {
  const fields = texts.map((text) => text ?? '')
  return { line: 0, fields, text: fields[header.indexOf(id.name)]!.trim() }
}

function keyOf({ header, key }: LegacyPlace, texts: MysqlTexts): readonly string[] {
  return key.map(({ name }) => texts[header.indexOf(name)] ?? '')
}

function collect(kind: LegacyKind, output: ImportOutput): Omit<LegacyRows, 'gone'> {
  output.endBatch()
  const records: ImportRecord[] = []
  const rejects = new Map<string, LegacyReject>()
  for (const event of output.take()) {
    if (event.type === 'records') records.push(...event.records)
    if (event.type !== 'reject' || rejects.has(event.reject.text)) continue
    const { text, code, field, reason } = event.reject
    rejects.set(text, { kind, legacyId: text, code, ...(field !== undefined && { field }), reason })
  }
  return { records, rejects: [...rejects.values()] }
}
