/** Where members are looked up: headquarters or a branch. */
import type { Doc } from '../../../schemas/json.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { short, type Story } from './story.ts'

export interface Place {
  readonly label: string
  /** Whoever holds a phone, if anybody does. */
  find(phone: string): Promise<MemberView | undefined>
  /** Today's member for any id ever used. */
  show(id: string): Promise<MemberView>
  /** The orders here that count for a member; a branch has its own only. */
  ordersOf(id: string): Promise<Doc[]>
}

const HEAD = ['where', 'member', 'id', 'phones', 'registered at', 'points', 'orders here']

/** What people see who look a phone up. */
export async function tellWhoHolds(story: Story, places: readonly Place[], phone: string): Promise<void> {
  const rows = await Promise.all(places.map(async (place) => row(place, await place.find(phone))))
  story.table(HEAD, rows)
}

/** What people see who look members up by the ids that they have in their papers. */
export async function tellMembers(story: Story, places: readonly Place[], ids: readonly string[]): Promise<void> {
  const looks = places.flatMap((place) => ids.map(async (id) => row(place, await place.show(id))))
  story.table(HEAD, await Promise.all(looks))
}

async function row(place: Place, member: MemberView | undefined): Promise<string[]> {
  if (!member) return [place.label, 'nobody', '', '', '', '', '']
  const { id, name, phones, registrations, balance, released } = member
  const orders = await place.ordersOf(id)
  return [
    place.label,
    released ? `${name} (released)` : name,
    short(id),
    phones.join(', ') || 'none',
    registrations.map(({ branchId }) => branchId).join(', '),
    String(balance.points),
    String(orders.length),
  ]
}
