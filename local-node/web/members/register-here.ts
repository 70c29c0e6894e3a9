/** Registers a person on this device, node or no node: two devices that do it apart make one document. */
import type { E164Phone, Scope } from '../../../schemas/brand.ts'
import type { MemberDocument } from '../../../schemas/collections/members.ts'
import { newMemberDocument, newRegistration } from '../../../schemas/register-member.ts'
import type { MembersHere } from './members-here.ts'

export interface Registering {
  readonly name: string
  readonly scope: string
  readonly phone: E164Phone
  readonly branchId: string
  /** Random. */
  readonly registrationId: string
  /** ISO 8601 */
  readonly at: string
  /** What was told besides. */
  readonly more?: { readonly birthday?: string; readonly note?: string; readonly tags?: string[] }
}

/** The document to insert; `undefined` where somebody holds the number, who is offered instead. */
export function registerHere(here: MembersHere, person: Registering): MemberDocument | undefined {
  const { name, scope, phone, branchId, registrationId, at, more } = person
  const number = here.standing(scope, phone)
  if (number.holder !== undefined) return undefined
  const registration = newRegistration(registrationId, branchId, at, here.world.newest)
  return { ...newMemberDocument({ name, phone, scope: scope as Scope }, number, registration), ...more }
}
