/** Members and requests as people are shown them: a phone tells its last digits only. */
import { phonesOfMember, type MemberDocument } from '../../schemas/collections/members.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { Balance } from '../../schemas/contribution.ts'
import { isErased } from '../../schemas/erasure.ts'
import type { Doc } from '../../schemas/json.ts'
import { maskPhone } from '../../schemas/phone.ts'
import type { MemberView } from '../../schemas/protocol/identity.ts'

export function memberView(member: MemberDocument, ids: readonly string[], balance: Balance): MemberView {
  const doc = member as unknown as Doc
  return {
    id: member.id,
    scope: member.scope,
    name: member.name,
    phones: phonesOfMember(member).map(maskPhone),
    released: member.released === true,
    deleted: doc['_deleted'] === true,
    erased: isErased(doc),
    ids,
    tags: member.tags,
    registrations: member.registrations.map(({ id, branchId, at }) => ({
      id,
      branchId,
      ...(at !== undefined && { at }),
    })),
    aliases: member.aliases,
    balance,
  }
}

/** Without the clock, which is of no use to a reader and names what was taken off. */
export function maskedMember(doc: Doc): Doc {
  const { clock: _clock, ...fields } = doc as unknown as MemberDocument & { clock?: unknown }
  const masked: Record<string, unknown> = { ...fields }
  for (const field of ['phone', 'contactPhone'] as const) {
    const value = masked[field]
    if (typeof value === 'string') masked[field] = maskPhone(value)
  }
  if (Array.isArray(masked['phones'])) masked['phones'] = (masked['phones'] as string[]).map(maskPhone)
  return masked
}

export function maskedRequest(request: RequestDocument): RequestDocument {
  const { to, held } = request
  const {
    clock: _clock,
    _rev,
    _meta,
    _attachments,
    _deleted,
    ...fields
  } = request as RequestDocument & Record<string, unknown>
  return {
    ...(fields as unknown as RequestDocument),
    ...(to !== undefined && { to: maskPhone(to) }),
    ...(held !== undefined && { held: maskedMember(held) }),
  }
}
