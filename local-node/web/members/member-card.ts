/** What a device keeps in memory of each member: whatever is searched by, shown in a list, or decides who is who. */
import { phonesOfMember, type MemberDocument } from '../../../schemas/collections/members.ts'

const FIELDS = [
  'id',
  'scope',
  'phone',
  'generation',
  'name',
  'registrations',
  'balance',
  'balanceSeq',
  'decided',
  'currentId',
  'closed',
  'phones',
  'released',
] as const satisfies readonly (keyof MemberDocument)[]

type Fields = Pick<MemberDocument, (typeof FIELDS)[number]>

export interface MemberCard extends Fields {
  /** Name, line break, phones: as they are searched in. */
  readonly sought: string
}

/** Raised with each change of what a card holds. */
export const MEMBER_CARD_FORMAT = 1

export function toMemberCard(member: Fields): MemberCard {
  const card = Object.fromEntries(FIELDS.flatMap((field) => (field in member ? [[field, member[field]]] : [])))
  const sought = `${member.name.toLocaleLowerCase()}\n${phonesOfMember(member).join('\n')}`
  return { ...(card as unknown as Fields), sought }
}
