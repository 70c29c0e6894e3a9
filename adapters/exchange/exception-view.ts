/** Exceptions as people and programs are told them. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { migrateDocument } from '../../schemas/migrations.ts'
import { maskPhone } from '../../schemas/phone.ts'
import { looksLikePhone, withoutPhones } from '../../schemas/phone-like.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import type { DocumentStanding, ExceptionView } from '../../schemas/protocol/exceptions.ts'
import { ROW_STATE, type DocumentRow, type RowState } from '../sqlite/document-row.ts'
import type { ExceptionPlan } from './exception-plan.ts'
import { MAX_TRIES, type ExceptionRow } from './exceptions.ts'

export function exceptionView(
  row: ExceptionRow,
  declaration: CollectionDeclaration | undefined,
  standing: DocumentStanding,
  plan: ExceptionPlan,
): ExceptionView {
  const { key, direction, branchId, collection, id, code, field, reason, tries, firstAtMs, lastAtMs } = row
  // What holds persons may have been sent with a phone for an id.
  const isPersonal = declaration?.merge.erasure !== undefined && looksLikePhone(id)
  return {
    id: key,
    direction,
    branchId,
    collection,
    documentId: isPersonal ? maskPhone(id) : id,
    code,
    ...(typeof field === 'string' && { field: withoutPhones(field) }),
    reason: withoutPhones(reason),
    tries,
    waiting: tries < MAX_TRIES,
    firstAt: new Date(firstAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
    standing,
    ...plan,
  }
}

export function standingOf(
  declaration: CollectionDeclaration | undefined,
  row: Pick<DocumentRow, 'state'> | undefined,
): DocumentStanding {
  if (!declaration) return 'undeclared'
  return row ? STANDING[row.state] : 'absent'
}

const STANDING: Readonly<Record<RowState, DocumentStanding>> = {
  [ROW_STATE.clean]: 'settled',
  [ROW_STATE.dirty]: 'pending',
  [ROW_STATE.retry]: 'retry',
  [ROW_STATE.parked]: 'parked',
}

/** The state that failed, whole, as today's schema has it; `undefined` where none is kept. */
export function failedState(
  { document }: Pick<ExceptionRow, 'document'>,
  declaration: CollectionDeclaration | undefined,
): Doc | undefined {
  if (typeof document !== 'string') return undefined
  const state = JSON.parse(document) as Doc
  return declaration ? migrateDocument(declaration, state) : state
}

/** Without the clock, which is of no use to a reader and names what was taken off, and with masked phones. */
export function maskedState(doc: Doc): Doc {
  const { clock: _clock, ...fields } = replicatedState(doc)
  return maskIn(fields) as Doc
}

/** The fields of documents that hold phones. */
const PHONE_FIELDS: ReadonlySet<string> = new Set(['phone', 'phones', 'contactPhone', 'to'])

/** What was refused may hold its phone as anything. */
function maskIn(value: unknown, isPhone = false): unknown {
  if (Array.isArray(value)) return value.map((one) => maskIn(one, isPhone))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, maskIn(one, isPhone || PHONE_FIELDS.has(name))]),
    )
  }
  const text = typeof value === 'number' ? String(value) : value
  return isPhone && typeof text === 'string' && /\p{Nd}/u.test(text) ? maskPhone(text) : value
}
