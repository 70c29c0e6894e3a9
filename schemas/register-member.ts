/** Registering a person by phone: the same everywhere, so that two branches that do it apart make one document. */
import { compareText } from './compare-text.ts'
import type { E164Phone, Scope } from './brand.ts'
import type { MemberDocument, Registration } from './collections/members.ts'
import type { NumberStanding } from './decide-identity.ts'

export interface NewMember {
  readonly name: string
  readonly scope: Scope
  readonly phone: E164Phone
}

/** The document of a person who is registered under a number that nobody holds. */
export function newMemberDocument(
  member: NewMember,
  number: NumberStanding,
  registration: Registration,
): MemberDocument {
  const { name, scope, phone } = member
  const { id, generation } = number
  return { id, scope, phone, generation, name, tags: [], registrations: [registration], aliases: [], followUps: [] }
}

/** @param seen the newest decision that is known where it happens, 0 for none */
export function newRegistration(id: string, branchId: string, at: string, seen: number): Registration {
  return { id, branchId, at, ...(seen > 0 && { seen }) }
}

/** The registration that an order or movement is written with: the branch's own newest, else the member's newest. */
export function registrationOnScreen(
  member: Pick<MemberDocument, 'registrations'>,
  branchId: string,
): string | undefined {
  const own = member.registrations.filter((one) => one.branchId === branchId)
  const candidates = own.length > 0 ? own : member.registrations
  return candidates.toSorted((a, b) => compareText(a.at ?? '', b.at ?? '') || compareText(a.id, b.id)).at(-1)?.id
}
