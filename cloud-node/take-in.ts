/**
 * Writes what other programs changed in a mirror's tables into the documents, as headquarters' own writes: by the rules
 * for whoever writes there. What they refuse is listed, and the rows are to be written anew.
 */
import type { MembersHere } from '../adapters/identity/members-here.ts'
import { declarationOf } from '../adapters/exchange/replica.ts'
import { writeWithin, type WritingPlace } from '../adapters/exchange/write-for-person.ts'
import type { CaptureDesk, CapturePlace, SettledId } from '../adapters/mysql/capture-desk.ts'
import { planChange, type CapturedDocument, type CapturePlan } from '../adapters/mysql/capture-plan.ts'
import { keyRefusal } from '../adapters/mysql/exact-key.ts'
import type { WriteContext } from '../adapters/sqlite/document-table.ts'
import { SHARED_SCOPE, type Scope } from '../schemas/brand.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import type { ErrorCode } from '../schemas/error-catalogue.ts'
import type { Doc } from '../schemas/json.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { readPhone } from '../schemas/phone.ts'
import { newMemberDocument, newRegistration } from '../schemas/register-member.ts'
import type { CaptureBook } from './capture-book.ts'

export interface TakeInParts {
  readonly place: WritingPlace
  /** Why people may not write these fields either; see `CloudOperations.write`. */
  readonly refuse: (collection: string, doc: Doc) => void
  readonly here: MembersHere
  /** How phones without a country are read, ISO 3166-1 alpha-2. */
  readonly country: string
}

type Fields = Readonly<Record<string, unknown>>

interface Refused {
  readonly table: string
  readonly column?: string | undefined
  readonly code?: ErrorCode
  readonly reason: string
}

export class TakeIn implements CaptureDesk {
  readonly #parts: TakeInParts
  readonly #book: CaptureBook

  constructor(parts: TakeInParts, book: CaptureBook) {
    this.#parts = parts
    this.#book = book
  }

  place(): (CapturePlace & { readonly at: string }) | undefined {
    return this.#book.place()
  }

  keep(place: CapturePlace): void {
    this.#store.transaction('capture', () => this.#book.keep(place, this.#now()))
  }

  toSettle(limit: number): readonly SettledId[] {
    return this.#book.toSettle(limit)
  }

  settled(ids: readonly SettledId[]): void {
    this.#store.transaction('capture', () => {
      for (const one of ids) this.#book.settled(one)
    })
  }

  take(documents: readonly CapturedDocument[], place: CapturePlace): number {
    // What was overspent is known only after it was written; then all is begun anew without it.
    const overspent = new Map<CapturedDocument, OutpostError>()
    for (;;) {
      let current: CapturedDocument | undefined
      try {
        return this.#store.transaction('capture', (write) => {
          let refused = 0
          for (const document of documents) {
            current = document
            refused += this.#takeOne(write, document, overspent.get(document))
          }
          current = undefined
          this.#book.keep(place, this.#now())
          return refused
        })
      } catch (error) {
        if (!current || !(error instanceof OutpostError) || error.code !== 'BALANCE_TOO_LOW') throw error
        overspent.set(current, error)
      }
    }
  }

  #takeOne(write: WriteContext, document: CapturedDocument, overspent: OutpostError | undefined): number {
    const { collection, id, changes } = document
    const stored = this.#store.table(collection.name).get(id)
    const plan = planChange(document, stored)
    const refused: Refused[] = [...plan.refusals]
    const written = overspent ? undefined : this.#write(write, document, plan, stored, refused)
    if (overspent) refused.push(this.#inWords(document, overspent))
    for (const one of refused) {
      this.#book.refuse({ collection: collection.name, documentId: id, ...one }, this.#now())
    }
    const ids = new Set(changes.flatMap((change) => idsOf(collection, change)))
    // A document under another id, or none at all: the row that was written by others is not that of a document.
    if (refused.length > 0 || (plan.kind === 'insert' && written !== id)) {
      for (const one of ids) this.#book.settle(collection.name, one)
    }
    return refused.length
  }

  /** @returns the id of the document, where something was written */
  #write(
    write: WriteContext,
    document: CapturedDocument,
    plan: CapturePlan,
    stored: Doc | undefined,
    refused: Refused[],
  ): string | undefined {
    if (plan.kind === 'none') return undefined
    const { collection, id } = document
    let { fields } = plan
    for (;;) {
      try {
        const doc =
          plan.kind === 'insert' ? this.#newDocument(document, fields, stored) : { ...fields, [collection.primary]: id }
        this.#parts.refuse(collection.name, doc)
        return String(writeWithin(this.#parts.place, write, collection.name, doc)[collection.primary])
      } catch (error) {
        if (!(error instanceof OutpostError) || error.code === 'BALANCE_TOO_LOW') throw error
        refused.push(this.#inWords(document, error))
        const rest = plan.kind === 'insert' ? {} : without(fields, error)
        if (Object.keys(rest).length === 0) return undefined
        fields = rest
      }
    }
  }

  #newDocument({ collection, id }: CapturedDocument, fields: Fields, stored: Doc | undefined): Doc {
    const { replica, currency } = this.#parts.place
    const declaration = declarationOf(replica, collection.name)
    const { _deleted: _, ...told } = fields
    const revived = stored ? { _deleted: false } : {}
    if (declaration.holdsBalance) return { ...this.#member(told), ...revived }
    const own = keyRefusal(id) === undefined ? id : replica.newId(12)
    return { ...emptyOf(declaration, currency), ...told, ...revived, [collection.primary]: own }
  }

  /** A person is known by the phone; whoever has it already is registered once more. */
  #member(fields: Fields): Doc {
    const { here, country, place } = this.#parts
    const { id: _, generation: _generation, registrations: _registrations, ...told } = fields
    const reading = readPhone(typeof told['phone'] === 'string' ? told['phone'] : '', country)
    if (!reading.ok) throw new OutpostError('PHONE_INVALID', reading.reason, { field: 'phone' })
    const scope = (typeof told['scope'] === 'string' ? told['scope'] : SHARED_SCOPE) as Scope
    const { phone } = reading
    const number = here.standing(scope, phone)
    const { replica } = place
    const registration = newRegistration(
      `g-${replica.newId(8)}`,
      'headquarters',
      replica.clock.now(),
      here.book.newest(),
    )
    const holder = number.holder === undefined ? undefined : here.world.member(number.holder)
    if (holder) return { ...told, ...pick(holder), registrations: [...holder.registrations, registration] }
    const name = typeof told['name'] === 'string' ? told['name'] : ''
    return { ...newMemberDocument({ name, scope, phone }, number, registration), ...told, phone, scope }
  }

  #inWords({ collection }: CapturedDocument, { code, field, message }: OutpostError): Refused {
    const [{ table, columns }] = collection.mapping
    const first = field?.split('.')[0]
    const column = Object.keys(columns).find((name) => columns[name]!.from?.split('.')[0] === first)
    return { table, ...(first !== undefined && column !== undefined && { column }), code, reason: message }
  }

  #now(): string {
    return this.#parts.place.replica.clock.now()
  }

  get #store() {
    return this.#parts.place.replica.store
  }
}

/** What a document must have and a row cannot say: sets without elements, the beginning of an order. */
function emptyOf({ schema, merge }: CollectionDeclaration, currency: string): Doc {
  const properties = schema.properties as Readonly<Record<string, { readonly type?: unknown }>>
  const required: readonly string[] = schema.required ?? []
  const lists = required.filter((field) => properties[field]?.type === 'array').map((field) => [field, []] as const)
  return {
    ...Object.fromEntries(lists),
    ...(required.includes('currency') && { currency }),
    ...(merge.hasStatus && { status: 'created', round: 1 }),
  }
}

/** Without the field that was refused; nothing where it is not among them. */
function without(fields: Fields, { code, field }: OutpostError): Fields {
  const first = field?.split('.')[0] ?? ''
  if (!Object.hasOwn(fields, first)) return {}
  const gone = code === 'ORDER_TRANSITION' ? ['status', 'round'] : [first]
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !gone.includes(name)))
}

function pick(holder: object): Doc {
  const { id, scope, phone, generation } = holder as Record<string, unknown>
  return { id, scope, phone, generation }
}

function idsOf(
  { tables }: CapturedDocument['collection'],
  { table, before, after }: CapturedDocument['changes'][number],
): string[] {
  const column = tables.find(({ definition }) => definition.name === table)?.idColumn
  return [before, after].flatMap((row) => (row && column !== undefined ? [String(row[column])] : []))
}
