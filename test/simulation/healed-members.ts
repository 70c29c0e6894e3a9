/** What must hold of members in a healed chain: who holds which number, where ids lead, whose a document is, what is erased. */
import { MembersHere } from '../../adapters/identity/members-here.ts'
import type { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import { phonesOfMember, type MemberDocument } from '../../schemas/collections/members.ts'
import { isLiveMember } from '../../schemas/decide-identity.ts'
import { holderOf, memberOfDocument, resolveMember, SOMEBODY_ELSE } from '../../schemas/identity.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import type { SimulatedWorld } from './simulated-world.ts'

const ALL = 'deleted IN (0, 1)'

export function checkMembers(world: SimulatedWorld): string[] {
  return [
    ...checkNumbers(world),
    ...checkRedirects(world),
    ...checkBooks(world),
    ...checkDocuments(world),
    ...checkErased(world),
  ]
}

function membersOf(world: SimulatedWorld): MemberDocument[] {
  return world.documents(undefined, 'members', ALL) as unknown as MemberDocument[]
}

function checkNumbers(world: SimulatedWorld): string[] {
  const { book, authority } = world.chain.identity
  const found: string[] = []
  const registered = new Map<string, string>()
  const claimed = new Map<string, string>()
  for (const member of membersOf(world)) {
    const { id, scope, phone, generation } = member
    const number = `${scope} ${phone} ${generation}`
    if (phone !== undefined && registered.has(number))
      found.push(`${id} and ${registered.get(number)} are both ${number}`)
    registered.set(number, id)
    const holder = holderOf(book, id)
    if (holder !== undefined && resolveMember(book, holder) !== holder)
      found.push(`${id} is held by ${holder}, who is not itself`)
    if (!isLiveMember(member) || resolveMember(book, id) !== id || member.released === true) continue
    for (const one of phonesOfMember(member)) {
      const claim = `${scope} ${one}`
      if (claimed.has(claim)) found.push(`${id} and ${claimed.get(claim)} both claim ${claim}`)
      claimed.set(claim, id)
      const stands = authority.standing(scope, one).holder
      if (stands !== id) found.push(`${id} claims ${claim}, which ${stands ?? 'nobody'} holds`)
    }
  }
  return found
}

/** Flattened, so no cycle either. */
function checkRedirects(world: SimulatedWorld): string[] {
  const books: [string, IdentityBook, MemberDocument[]][] = [
    ['headquarters', world.chain.identity.book, membersOf(world)],
  ]
  for (const at of world.chain.branches) {
    books.push([at.id, at.book, world.documents(at, 'members', ALL) as unknown as MemberDocument[]])
  }
  return books.flatMap(([where, book, members]) =>
    members.flatMap(({ id, currentId }) => {
      const current = resolveMember(book, id)
      const found =
        resolveMember(book, current) === current ? [] : [`${where}: ${id} leads to ${current}, which leads on`]
      const said = currentId ?? id
      if (said !== current && !book.isErased(id))
        found.push(`${where}: ${id} says that it is ${said}, and leads to ${current}`)
      return found
    }),
  )
}

/** Of everything that decisions in a branch's scope speak of, the branch knows the same as headquarters. */
function checkBooks({ chain }: SimulatedWorld): string[] {
  const headquarters = chain.identity.book
  const decisions = chain.cloud.replica.store.table('decisions').select(ALL, 'ORDER BY id', [])
  return chain.branches.flatMap(({ id: branchId, book }) => {
    const mine = (decisions as unknown as DecisionDocument[]).filter(({ scope }) =>
      [SHARED_SCOPE, branchId].includes(scope),
    )
    const ids = new Set(
      mine.flatMap(({ redirects, numbers, erased }) => [...[...redirects, ...numbers].map(({ id }) => id), ...erased]),
    )
    const registrations = new Set(mine.flatMap(({ homes }) => homes.map(({ registrationId }) => registrationId)))
    // Of what is private to another branch it knows only that it is somebody else's.
    const homeOf = (one: IdentityBook, registrationId: string) => {
      const home = one.homeOf(registrationId) ?? ''
      const scope = chain.cloud.replica.store.table('members').row(home)?.scope ?? SHARED_SCOPE
      return [SHARED_SCOPE, branchId].includes(scope) ? home : SOMEBODY_ELSE
    }
    const saysOf = (one: IdentityBook) =>
      canonicalJson([
        [...ids].map((id) => [id, one.redirectOf(id) ?? '', one.numberOf(id) ?? {}, one.isErased(id)]),
        [...registrations].map((id) => [id, homeOf(one, id)]),
      ] as never)
    const [here, there] = [saysOf(book), saysOf(headquarters)]
    return here === there ? [] : [`${branchId} knows other members than headquarters:\n  ${here}\n  ${there}`]
  })
}

/** Every order and movement counts for one member, or is held; and whoever looks a member up finds exactly its documents. */
function checkDocuments(world: SimulatedWorld): string[] {
  const { chain } = world
  const { book } = chain.identity
  const { replica } = chain.cloud
  const here = new MembersHere(replica, book)
  const members = membersOf(world)
  const ids = new Set(members.map(({ id }) => id))
  return ['orders', 'movements'].flatMap((collection) => {
    const found: string[] = []
    const owners = new Map<string, string[]>()
    for (const { id } of members) {
      for (const { id: document } of here.documentsOf(collection, id) as { id: string }[]) {
        owners.set(document, [...(owners.get(document) ?? []), id])
      }
    }
    for (const doc of world.documents(undefined, collection)) {
      const { id, memberId, registrationId } = doc as { id: string; memberId?: string; registrationId?: string }
      if (memberId === undefined) continue
      const owner = memberOfDocument(book, memberId, registrationId)
      if (owner !== undefined && !ids.has(owner))
        found.push(`${id} counts for ${owner}, whom headquarters does not know`)
      if (owner === undefined && book.numberOf(memberId)?.closed !== true) found.push(`${id} is held for no reason`)
      const listed = owners.get(id) ?? []
      const right = owner === undefined ? listed.length === 0 : listed.length === 1 && listed[0] === owner
      if (!right)
        found.push(`${id} counts for ${owner ?? 'nobody'} and is listed with ${listed.join(' and ') || 'nobody'}`)
    }
    return found
  })
}

/** Of erased members nothing personal is left, in no store, request or audit. */
function checkErased(world: SimulatedWorld): string[] {
  const { chain } = world
  const { book } = chain.identity
  const hasSplit = world.documents(undefined, 'decisions').some(({ what }) => what === 'split')
  const joinedLate = world
    .documents(undefined, 'requests', ALL)
    .filter(({ what }) => what === 'registration')
    .map(({ memberId }) => memberId)
  const gone = world.personal.filter(({ memberId, registrationId }) => {
    // What two who were taken for one had together stays with one of them, whomever it was about.
    if (hasSplit) return false
    // Neither can an edit be told apart that was made after somebody else had been written onto the same record.
    if (registrationId === undefined && joinedLate.includes(memberId)) return false
    const owner = memberOfDocument(book, memberId, registrationId)
    return owner !== undefined && book.isErased(owner)
  })
  const stores: [string, string][] = [
    ['headquarters', textOf(world, undefined)],
    ...chain.branches.map((at): [string, string] => [at.id, textOf(world, at)]),
  ]
  const found = gone.flatMap(({ text, memberId }) =>
    stores
      .filter(([, all]) => all.includes(text))
      .map(([where, all]) => `${where} still has ${text} of the erased ${memberId}: …${around(all, text)}…`),
  )
  for (const { id, phone, phones, name } of membersOf(world)) {
    if (book.isErased(id) && (phone ?? phones ?? (name || undefined)) !== undefined)
      found.push(`${id} is erased, and says who it was`)
  }
  return found
}

/** What stands about a text where it was found: tells which document or row it is in. */
function around(all: string, text: string): string {
  const at = all.indexOf(text)
  return all.slice(Math.max(at - 500, 0), at + 300)
}

/** Everything that a store says in documents, in the merge audit, and of failures. */
function textOf(world: SimulatedWorld, at: SimulatedWorld['chain']['branches'][number] | undefined): string {
  const { store } = at ? at.branch.replica : world.chain.cloud.replica
  const { book } = at ?? world.chain.identity
  // A set remembers in the clock what was taken off it, which may have been another member's: of the living it stays.
  const documents = store.declarations.map(({ name }) =>
    world.documents(at, name, ALL).map((doc) => {
      const { clock, held, ...facts } = doc
      const { clock: _clock, ...said } = (held ?? {}) as Doc
      return name === 'members' && book.isErased(doc['id'] as string) ? { ...facts, clock } : { ...facts, said }
    }),
  )
  const tables = at ? ['exception'] : ['exception', 'merge_audit']
  return JSON.stringify([
    documents,
    tables.map((table) => store.prepare(`SELECT * FROM ${table}`).all().map(withoutClocks)),
  ])
}

/** A row of the audit, whose two sides are JSON. */
function withoutClocks(row: unknown): unknown {
  const { ours, theirs, ...rest } = row as { ours?: string; theirs?: string }
  const said = [ours, theirs].map((side) => {
    const { clock: _clock, ...facts } = JSON.parse(side ?? '{}') as Doc
    return facts
  })
  return { ...rest, said }
}
