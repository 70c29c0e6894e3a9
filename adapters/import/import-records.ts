/**
 * Makes documents of imported records, many in one transaction. Each row is remembered by its source and legacy id:
 * importing a file twice changes nothing, also when staff have edited the documents in between.
 */
import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'
import { SHARED_SCOPE, type BranchId, type Scope } from '../../schemas/brand.ts'
import type { Refusal } from '../../schemas/collection.ts'
import type { MemberAlias, Registration } from '../../schemas/collections/members.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { resolveMember } from '../../schemas/identity.ts'
import { canonicalJson, jsonEqual, type Doc } from '../../schemas/json.ts'
import { memberIdOfLegacy, orderIdOfLegacy, productIdOfLegacy, type ChainKey } from '../../schemas/member-id.ts'
import { canMoveOrder, type OrderState, type OrderStatus } from '../../schemas/order-status.ts'
import { readPhone } from '../../schemas/phone.ts'
import { fieldsHeldOncePaid } from '../../schemas/stamp-write.ts'
import type { MembersHere } from '../identity/members-here.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import { writeDocument, type Edit, type WriteResult } from '../exchange/write-documents.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import {
  importRecordSchema,
  type ImportedRecord,
  type MemberRow,
  type OrderRow,
  type ProductRow,
} from './import-record-schema.ts'
import type { ImportResult } from './import-result.ts'
import { GONE, ImportedRows, type FieldHashes } from './imported-rows.ts'

/** Only the frame: each record is parsed by itself, so that a bad one does not keep the others out. */
export const importBatchSchema = z.array(z.unknown()).max(1000)
type Batch = z.infer<typeof importBatchSchema>
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
    records.map((given) => importRecord(context, write, rows, given)),
  )
}

/** Call inside a transaction. */
export function importRecord(
  context: ImportContext,
  write: WriteContext,
  rows: ImportedRows,
  given: unknown,
): ImportResult {
  const parsed = importRecordSchema.safeParse(given)
  if (!parsed.success) return notARecord(parsed.error)
  const record = parsed.data
  const { kind, source, legacyId } = record
  const hash = contentHash(context.replica.chainKey, record)
  const known = rows.find(kind, source, legacyId)
  if (known?.hash === hash) return { outcome: 'unchanged' }
  const importer = new RecordImporter(context, write, rows, {
    hash,
    known,
    fields: fieldHashes(context.replica.chainKey, record),
    before: rows.fields(kind, source, legacyId),
  })
  if (record.kind === 'member') return importer.member(record)
  return record.kind === 'product' ? importer.product(record) : importer.order(record)
}

/** What is known of a row that is imported. */
interface RowMemory {
  readonly hash: string
  readonly fields: FieldHashes
  /** What it was imported as before. */
  readonly known: { readonly documentId: string; readonly hash: string } | undefined
  readonly before: FieldHashes | undefined
}

class RecordImporter {
  readonly #context: ImportContext
  readonly #write: WriteContext
  readonly #rows: ImportedRows
  readonly #memory: RowMemory

  constructor(context: ImportContext, write: WriteContext, rows: ImportedRows, memory: RowMemory) {
    this.#context = context
    this.#write = write
    this.#rows = rows
    this.#memory = memory
  }

  member(row: MemberRow): ImportResult {
    const { replica, here, branchId, country } = this.#context
    if (row.scope === 'private' && branchId === undefined) {
      return rejected({ code: 'SCOPE', field: 'scope', reason: 'a private member is imported at its branch' })
    }
    const scope = (row.scope === 'private' ? branchId : SHARED_SCOPE) as Scope
    const reading = row.phone === undefined ? undefined : readPhone(row.phone, row.country ?? country)
    const { known } = this.#memory
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
    const told = { name, email, address, note, birthday }
    const contact = proves || row.phone === undefined ? undefined : row.phone.slice(0, 40)
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
      ...this.#revived(),
      ...this.#changed(stored, told),
      ...(contact !== undefined && this.#hasChanged(stored, 'phone') && { contactPhone: contact }),
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
    const told = { name, price, currency, unit, category, discontinued }
    return this.#done(
      row,
      id,
      this.#put('products', id, (stored) => ({ ...stored, id, ...this.#revived(), ...this.#changed(stored, told) })),
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
    const told = { number, currency, note: row.note }
    const bought = { memberId: member?.id, registrationId: member?.registrationId }
    const sold = { lines, total: lines.reduce((sum, line) => sum + line.total, 0) }
    let staysWithMember = false
    const result = this.#put('orders', id, (stored) => {
      const isBought = this.#isNews(stored, 'memberLegacyId', row.memberLegacyId)
      staysWithMember = isBought && stored !== undefined && isHeldFor(stored, bought)
      return {
        ...(stored ?? { id, branchId, placedAt, source, legacyId, status, round: 1 }),
        ...this.#revived(),
        ...this.#changed(stored, told),
        ...(isBought && !staysWithMember && bought),
        ...(this.#hasChanged(stored, 'lines') && sold),
        ...(stored && this.#moves(stored, status) && { status }),
      }
    })
    const stub = member?.stub ? { warning: `customer ${row.memberLegacyId} is unknown: a stub member was made` } : {}
    const warning = staysWithMember ? { warning: 'the order is paid: it stays with the member that it has' } : stub
    return this.#done(row, id, result.outcome === 'rejected' ? result : { ...result, ...warning })
  }

  /**
   * Whether the row says otherwise what it said when it was imported last. What it says as before is left alone: staff
   * may have edited it since. Everything has changed of a row that is new, or came back after it was deleted.
   */
  #hasChanged(stored: Doc | undefined, field: string): boolean {
    const { before, fields } = this.#memory
    return !stored || !before || before[field] !== fields[field]
  }

  /** Whether a field is to be written; one that the row does not tell any more is emptied. */
  #isNews(stored: Doc | undefined, field: string, value: unknown): boolean {
    return this.#hasChanged(stored, field) && (value !== undefined || this.#memory.before?.[field] !== undefined)
  }

  #changed(stored: Doc | undefined, told: Record<string, unknown>): Doc {
    return Object.fromEntries(Object.entries(told).filter(([field, value]) => this.#isNews(stored, field, value)))
  }

  /** A row that came back brings its document back. One that people have deleted here stays deleted. */
  #revived(): { readonly _deleted?: false } {
    return this.#memory.known?.hash === GONE ? { _deleted: false } : {}
  }

  /**
   * Whether the row's status is to be written. Where an older program imported the row, nobody knows what it said then:
   * the order is moved if it may be.
   */
  #moves(stored: Doc, status: OrderState): boolean {
    if (stored['status'] === status || !this.#hasChanged(stored, 'status')) return false
    const [from, round] = [stored['status'] as OrderStatus, stored['round'] as number]
    return this.#memory.before !== undefined || canMoveOrder({ status: from, round }, { status, round })
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
    if (result.outcome === 'rejected') return result
    this.#rows.note(row.kind, row.source, row.legacyId, id, this.#memory.hash)
    this.#rows.noteFields(row.kind, row.source, row.legacyId, this.#memory.fields)
    return result
  }
}

/** Keyed: of a bare hash over a name and a phone anybody could tell whose it is, also after an erasure, by trying. */
function contentHash(key: ChainKey, record: ImportedRecord): string {
  return keyedHash(key, canonicalJson({ ...record, origin: undefined }))
}

function keyedHash(key: ChainKey, content: string): string {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(content).digest('base64url')
}

/** What is compared field by field: everything but what makes the row this row. */
function fieldHashes(key: ChainKey, record: ImportedRecord): FieldHashes {
  const { kind: _kind, origin: _origin, source: _source, legacyId: _legacyId, ...told } = record
  return Object.fromEntries(
    Object.entries(told).flatMap(([field, value]) =>
      value === undefined ? [] : [[field, keyedHash(key, canonicalJson([field, value])).slice(0, FIELD_HASH_LENGTH)]],
    ),
  )
}

/** 96 bits: two values that a person types come out alike in no shop's lifetime. */
const FIELD_HASH_LENGTH = 16

function notARecord({ issues: [issue] }: z.ZodError): ImportResult {
  const field = issue?.path.join('.') ?? ''
  const reason = `${field || 'the record'}: ${issue?.message ?? 'not as expected'}`
  return rejected({ code: 'DOCUMENT_INVALID', ...(field !== '' && { field }), reason })
}

function rejected({ code, field, reason }: Refusal): ImportResult {
  return { outcome: 'rejected', code, ...(field !== undefined && { field }), reason }
}

function withElement(list: unknown, element: object): unknown[] {
  const elements: unknown[] = Array.isArray(list) ? list : []
  return elements.some((one) => jsonEqual(one, element)) ? elements : [...elements, element]
}

function withRegistration(list: unknown, registration: Registration): unknown[] {
  const elements = Array.isArray(list) ? (list as Registration[]) : []
  return elements.some(({ id }) => id === registration.id) ? elements : [...elements, registration]
}

/** Whether the order is paid and names somebody else, which no write changes any more. */
function isHeldFor(stored: Doc, bought: Readonly<Record<string, string | undefined>>): boolean {
  return fieldsHeldOncePaid(orders.merge, stored).some((field) => field in bought && bought[field] !== stored[field])
}

/** Half a minor unit is rounded away from zero, as tills do. */
function roundHalfAway(amount: number): number {
  return Math.sign(amount) * Math.round(Math.abs(amount))
}
