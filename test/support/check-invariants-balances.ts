/** Balances folded once more from nothing but the documents that headquarters holds, and who is who in them. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { addContribution, NO_BALANCE, type Balance } from '../../schemas/contribution.ts'
import { memberOfDocument, type IdentityView } from '../../schemas/identity.ts'
import { plainRows, type StoreFile } from './check-invariants-store.ts'

/** @returns what is wrong with the balances and members of headquarters' store, one sentence each */
export function checkBalances(cloud: StoreFile, declarations: readonly CollectionDeclaration[]): string[] {
  const wrong: string[] = []
  const holder = declarations.find(({ holdsBalance }) => holdsBalance)
  const view = viewOf(
    declarations
      .filter(({ signed }) => signed)
      .flatMap(({ name }) => [...cloud.rows.get(name)!.values()].map(({ doc }) => doc as unknown as DecisionDocument)),
  )
  const members = (holder && cloud.rows.get(holder.name)) ?? new Map()
  const folded = new Map<string, Balance>()
  for (const { name, contribution } of declarations) {
    if (!contribution) continue
    for (const { id, doc } of cloud.rows.get(name)!.values()) {
      const one = contribution(doc)
      if (!one || one.memberId === '') continue
      const memberId = memberOfDocument(view, one.memberId, one.registrationId)
      if (memberId === undefined) continue // held: nobody's until a person decides
      if (!members.has(memberId)) wrong.push(`headquarters: ${name} ${id} finds no member: there is no ${memberId}`)
      folded.set(memberId, addContribution(folded.get(memberId) ?? NO_BALANCE, one, 1))
    }
  }
  const kept = new Map(
    plainRows(cloud, 'balance').map((row) => [row['member_id'] as string, row as unknown as Balance]),
  )
  for (const memberId of new Set([...folded.keys(), ...kept.keys(), ...members.keys()])) {
    const should = folded.get(memberId) ?? NO_BALANCE
    const is = kept.get(memberId) ?? NO_BALANCE
    if (!same(is, should)) wrong.push(`headquarters: the balance of ${memberId} is ${words(is)}, not ${words(should)}`)
    const doc = members.get(memberId)?.doc as MemberDocument | undefined
    const shown = doc?.balance ?? NO_BALANCE
    if (doc && !same(shown, should))
      wrong.push(`headquarters: member ${memberId} shows ${words(shown)}, not ${words(should)}`)
  }
  return wrong
}

/** One phone, scope and generation is one member, with one id. */
export function checkPhones(store: StoreFile, declarations: readonly CollectionDeclaration[]): string[] {
  const holder = declarations.find(({ holdsBalance }) => holdsBalance)
  const idByNumber = new Map<string, string>()
  const wrong: string[] = []
  for (const { id, isLive, doc } of (holder && store.rows.get(holder.name)?.values()) ?? []) {
    const { scope, phone, generation } = doc as unknown as MemberDocument
    if (phone === undefined || !isLive) continue
    const number = JSON.stringify([scope, phone, generation])
    const other = idByNumber.get(number)
    if (other !== undefined) wrong.push(`${store.name}: members ${other} and ${id} have one phone`)
    idByNumber.set(number, id)
  }
  return wrong
}

function viewOf(decisions: readonly DecisionDocument[]): IdentityView {
  const newestFirst = decisions.toSorted((a, b) => b.number - a.number)
  const find = <T>(effects: (decision: DecisionDocument) => readonly T[], is: (effect: T) => boolean) =>
    newestFirst.flatMap((decision) => effects(decision).filter(is))[0]
  return {
    redirectOf: (id) =>
      find(
        ({ redirects }) => redirects,
        (one) => one.id === id,
      )?.to,
    numberOf: (id) =>
      find(
        ({ numbers }) => numbers,
        (one) => one.id === id,
      ),
    homeOf: (registrationId) =>
      find(
        ({ homes }) => homes,
        (one) => one.registrationId === registrationId,
      )?.to,
  }
}

function same(a: Balance, b: Balance): boolean {
  return a.points === b.points && a.value === b.value
}

function words({ points, value }: Balance): string {
  return `${points} points and ${value}`
}
