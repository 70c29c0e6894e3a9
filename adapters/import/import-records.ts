/**
 * Makes documents of imported records, many in one transaction. Each row is remembered by its source and legacy id:
 * importing a file twice changes nothing, also when staff have edited the documents in between.
 */
import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { SHARED_SCOPE, type BranchId, type Scope } from '../../schemas/brand.ts'
import type { Refusal } from '../../schemas/collection.ts'
import type { MemberAlias, Registration } from '../../schemas/collections/members.ts'
import { resolveMember } from '../../schemas/identity.ts'
import { canonicalJson, jsonEqual, type Doc } from '../../schemas/json.ts'
import { memberIdOfLegacy, orderIdOfLegacy, productIdOfLegacy, type ChainKey } from '../../schemas/member-id.ts'
import { ORDER_STATES } from '../../schemas/order-status.ts'
import { readPhone } from '../../schemas/phone.ts'
import type { MembersHere } from '../identity/members-here.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import { writeDocument, type Edit, type WriteResult } from '../exchange/write-documents.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { ImportResult } from './import-result.ts'
import { ImportedRows } from './imported-rows.ts'

const text = z.string().min(1).max(200)
const origin = z.object({ file: z.string().max(500), line: z.number().int() })
const identity = { origin, source: z.string().min(1).max(64), legacyId: z.string().min(1).max(128) }
const money = z.number().int()

const memberRecord = z.object({
  kind: z.literal('member'),
  ...identity,
  name: text,
  phone: z.string().max(100).optional(),
  country: z.string().length(2).optional(),
  email: z.string().max(254).optional(),
  address: z.string().max(500).optional(),
  note: z.string().max(4000).optional(),
  birthday: z.string().max(10).optional(),
  scope: z.enum(['shared', 'private']),
})
const productRecord = z.object({
  kind: z.literal('product'),
  ...identity,
  name: text,
  price: money,
  currency: z.string().length(3),
  unit: z.string().max(100).optional(),
  category: z.string().max(100).optional(),
  discontinued: z.boolean().optional(),
})
const orderRecord = z.object({
  kind: z.literal('order'),
  ...identity,
  number: z.string().min(1).max(64),
  placedAt: z.string().max(24),
  memberLegacyId: z.string().min(1).max(128).optional(),
  status: z.enum(ORDER_STATES),
  currency: z.string().length(3),
  lines: z
    .array(
      z.object({
        productLegacyId: z.string().max(100),
        name: z.string().max(200),
        price: money,
        quantity: z.number(),
        discount: money,
      }),
    )
    .max(1000),
  note: z.string().max(4000).optional(),
  branchId: z.string().min(1).max(64).optional(),
})
const importRecord = z.discriminatedUnion('kind', [memberRecord, productRecord, orderRecord])
/** Only the frame: each record is parsed by itself, so that a bad one does not keep the others out. */
export const importBatchSchema = z.array(z.unknown()).max(1000)
type Batch = z.infer<typeof importBatchSchema>
type MemberRow = z.infer<typeof memberRecord>
type ProductRow = z.infer<typeof productRecord>
type OrderRow = z.infer<typeof orderRecord>

export interface ImportContext {
  readonly replica: Replica
  /** Who holds which number. */
  readonly here: MembersHere
  /** The importing branch; absent at headquarters. */
  readonly branchId?: string
  /** How phones without a country are read, ISO 3166-1 alpha-2. */
  readonly country: string
}

/** One result per record, in their order. One transaction. */
export function importRecords(context: ImportContext, records: Batch): ImportResult[] {
  const rows = new ImportedRows(context.replica.store)
  return context.replica.store.transaction('import', (write) =>
    records.map((given) => {
      const parsed = importRecord.safeParse(given)
      if (!parsed.success) return notARecord(parsed.error)
      const record = parsed.data
      const hash = contentHash(context.replica.chainKey, record)
      if (rows.find(record.kind, record.source, record.legacyId)?.hash === hash) return { outcome: 'unchanged' }
      const importer = new RecordImporter(context, write, rows, hash)
      if (record.kind === 'member') return importer.member(record)
      return record.kind === 'product' ? importer.product(record) : importer.order(record)
    }),
  )
}

class RecordImporter {
  readonly #context: ImportContext
  readonly #write: WriteContext
  readonly #rows: ImportedRows
  readonly #hash: string

  constructor(context: ImportContext, write: WriteContext, rows: ImportedRows, hash: string) {
    this.#context = context
    this.#write = write
    this.#rows = rows
    this.#hash = hash
  }

  member(row: MemberRow): ImportResult {
    const { replica, here, branchId, country } = this.#context
    if (row.scope === 'private' && branchId === undefined) {
      return rejected({ code: 'SCOPE', field: 'scope', reason: 'a private member is imported at its branch' })
    }
    const scope = (row.scope === 'private' ? branchId : SHARED_SCOPE) as Scope
    const reading = row.phone === undefined ? undefined : readPhone(row.phone, row.country ?? country)
    const known = this.#rows.find('member', row.source, row.legacyId)
    const scopeBefore = known && replica.store.table('members').get(known.documentId)?.['scope']
    if (scopeBefore !== undefined && scopeBefore !== scope) {
      const reason = `the member was imported before as ${scopeBefore === SHARED_SCOPE ? 'shared' : 'private'}, which stays`
      return rejected({ code: 'FIELD_IMMUTABLE', field: 'scope', reason })
    }
    const phone = reading?.ok ? reading.phone : undefined
    const number = phone === undefined ? undefined : here.standing(scope, phone)
    const ownId = number && (number.holder ?? number.id)
    const legacyId = memberIdOfLegacy(replica.chainKey, scope, row.source, row.legacyId)
    const id = known ? resolveMember(here.world, known.documentId) : (ownId ?? legacyId)
    // A stub keeps the id that orders name; a phone that is told later is a contact until headquarters decides.
    const proves = number !== undefined && id === ownId
    const { name, email, address, note, birthday } = row
    const told = withoutUndefined({ name, email, address, note, birthday })
    const contact = !proves && row.phone !== undefined ? { contactPhone: row.phone.slice(0, 40) } : {}
    const alias: MemberAlias = { source: row.source, legacyId: row.legacyId }
    const result = this.#put('members', id, (stored) => ({
      ...(stored ?? {
        id,
        scope,
        ...(proves && { phone }),
        generation: number?.generation ?? 0,
        tags: [],
        followUps: [],
      }),
      ...told,
      ...contact,
      aliases: withElement(stored?.['aliases'], alias),
      registrations: withRegistration(stored?.['registrations'], this.#registration(row)),
    }))
    const reason = reading && !reading.ok ? reading.reason : 'it has none'
    return proves || result.outcome === 'rejected'
      ? this.#done(row, id, result)
      : this.#done(row, id, { ...result, warning: `imported without a phone to find it by: ${reason}` })
  }

  product(row: ProductRow): ImportResult {
    if (this.#context.branchId !== undefined) {
      return rejected({ code: 'DIRECTION', reason: 'products are imported at headquarters' })
    }
    const id = productIdOfLegacy(row.source, row.legacyId)
    const { name, price, currency, unit, category, discontinued } = row
    const told = withoutUndefined({ name, price, currency, unit, category, discontinued })
    return this.#done(
      row,
      id,
      this.#put('products', id, (stored) => ({ ...stored, id, ...told })),
    )
  }

  order(row: OrderRow): ImportResult {
    const branchId = this.#context.branchId ?? row.branchId
    if (row.branchId !== undefined && row.branchId !== branchId) {
      return rejected({ code: 'SCOPE', field: 'branchId', reason: `the order is branch "${row.branchId}"'s` })
    }
    if (branchId === undefined) {
      return rejected({ code: 'DOCUMENT_INVALID', field: 'branchId', reason: 'the order names no branch' })
    }
    if (this.#context.branchId === undefined && !this.#context.replica.store.table('branches').get(branchId)) {
      return rejected({ code: 'BRANCH_UNKNOWN', field: 'branchId', reason: `there is no branch "${branchId}"` })
    }
    const id = orderIdOfLegacy(this.#context.replica.chainKey, branchId as BranchId, row.source, row.legacyId)
    const lines = row.lines.map(({ productLegacyId, name, price, quantity, discount }) => ({
      productId: productIdOfLegacy(row.source, productLegacyId),
      name,
      price,
      quantity,
      discount,
      total: roundHalfAway(price * quantity) - discount,
    }))
    const member = row.memberLegacyId === undefined ? undefined : this.#memberOf(row.source, row.memberLegacyId)
    const { number, placedAt, status, currency, source, legacyId } = row
    const result = this.#put('orders', id, (stored) => ({
      ...(stored ?? { id, branchId, placedAt, source, legacyId, status, round: 1 }),
      ...withoutUndefined({
        number,
        currency,
        note: row.note,
        memberId: member?.id,
        registrationId: member?.registrationId,
      }),
      lines,
      total: lines.reduce((sum, line) => sum + line.total, 0),
    }))
    const warning = member?.stub ? { warning: `customer ${row.memberLegacyId} is unknown: a stub member was made` } : {}
    return this.#done(row, id, result.outcome === 'rejected' ? result : { ...result, ...warning })
  }

  /** The member that a customer was imported as; a stub for one whose row is missing. */
  #memberOf(source: string, legacyId: string): { id: string; registrationId: string; stub: boolean } {
    const { id: registrationId } = this.#registration({ source, legacyId })
    const known = this.#rows.find('member', source, legacyId)
    if (known) return { id: resolveMember(this.#context.here.world, known.documentId), registrationId, stub: false }
    const id = memberIdOfLegacy(this.#context.replica.chainKey, SHARED_SCOPE, source, legacyId)
    this.#put('members', id, (stored) =>
      stored && stored['_deleted'] !== true
        ? stored
        : {
            id,
            scope: SHARED_SCOPE,
            generation: 0,
            name: legacyId,
            tags: [],
            registrations: [this.#registration({ source, legacyId })],
            aliases: [{ source, legacyId }],
            followUps: [],
          },
    )
    this.#rows.note('member', source, legacyId, id, '')
    return { id, registrationId, stub: true }
  }

  /** It follows from the row alone: repeated, also after the store was lost, it is the same act of registering. */
  #registration({ source, legacyId }: Pick<MemberRow, 'source' | 'legacyId'>): Registration {
    const { branchId = 'headquarters' } = this.#context
    const id = createHash('sha256')
      .update(canonicalJson([branchId, source, legacyId]))
      .digest('hex')
      .slice(0, 16)
    return { id: `i-${id}`, branchId }
  }

  #put(collection: string, id: string, edit: Edit): ImportResult {
    const declaration = declarationOf(this.#context.replica, collection)
    const written: WriteResult = writeDocument(this.#context.replica, this.#write, declaration, id, edit)
    return written.outcome === 'refused' ? rejected(written.refusal) : { outcome: written.outcome }
  }

  #done(row: MemberRow | ProductRow | OrderRow, id: string, result: ImportResult): ImportResult {
    if (result.outcome !== 'rejected') this.#rows.note(row.kind, row.source, row.legacyId, id, this.#hash)
    return result
  }
}

/** Keyed: of a bare hash over a name and a phone anybody could tell whose it is, also after an erasure, by trying. */
function contentHash(key: ChainKey, record: z.infer<typeof importRecord>): string {
  const content = canonicalJson({ ...record, origin: undefined })
  return createHmac('sha256', Buffer.from(key, 'hex')).update(content).digest('base64url')
}

function notARecord({ issues: [issue] }: z.ZodError): ImportResult {
  const field = issue?.path.join('.') ?? ''
  const reason = `${field || 'the record'}: ${issue?.message ?? 'not as expected'}`
  return rejected({ code: 'DOCUMENT_INVALID', ...(field !== '' && { field }), reason })
}

function rejected({ code, field, reason }: Refusal): ImportResult {
  return { outcome: 'rejected', code, ...(field !== undefined && { field }), reason }
}

function withoutUndefined(fields: Record<string, unknown>): Doc {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function withElement(list: unknown, element: object): unknown[] {
  const elements: unknown[] = Array.isArray(list) ? list : []
  return elements.some((one) => jsonEqual(one, element)) ? elements : [...elements, element]
}

function withRegistration(list: unknown, registration: Registration): unknown[] {
  const elements = Array.isArray(list) ? (list as Registration[]) : []
  return elements.some(({ id }) => id === registration.id) ? elements : [...elements, registration]
}

/** Half a minor unit is rounded away from zero, as tills do. */
function roundHalfAway(amount: number): number {
  return Math.sign(amount) * Math.round(Math.abs(amount))
}
