/**
 * What headquarters says of members, put together again after it was restored from a backup: the decisions have come
 * back, and with them who holds which number; which phones these are, the branches' documents tell and the ids prove.
 */
import type { E164Phone, Scope } from '../../schemas/brand.ts'
import type { DecisionDocument, DecisionKind } from '../../schemas/collections/decisions.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { resolveMember } from '../../schemas/identity.ts'
import type { Store } from '../sqlite/store.ts'
import type { IdentityAuthority } from './identity-authority.ts'
import type { IdentityWrites } from './identity-writes.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS recovered_phone (
  member_id TEXT NOT NULL, phone TEXT NOT NULL, PRIMARY KEY (member_id, phone)
) STRICT, WITHOUT ROWID;`

/** The phones that branches say members hold, until the decisions tell which of them they do. */
export class RecoveredPhones {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /** Call inside a transaction. */
  note(memberId: string, phones: readonly string[]): void {
    const insert = this.#store.prepare('INSERT OR IGNORE INTO recovered_phone VALUES (?, ?)')
    for (const phone of phones) insert.run(memberId, phone)
  }

  /** By member; none are kept. Call inside a transaction. */
  takeAll(): ReadonlyMap<string, readonly string[]> {
    const rows = this.#store.prepare('SELECT member_id AS id, phone FROM recovered_phone').all()
    this.#store.prepare('DELETE FROM recovered_phone').run()
    const out = new Map<string, string[]>()
    for (const { id, phone } of rows as { id: string; phone: string }[]) out.set(id, [...(out.get(id) ?? []), phone])
    return out
  }
}

/** Publishes what follows from the decisions that have come back. */
export function publishRecovered(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  said: readonly DecisionDocument[],
): void {
  const phones = authority.recoveredPhones.takeAll()
  const spokenOf = [
    ...phones.keys(),
    ...said.flatMap(({ memberId, into, redirects, numbers }) => [
      memberId,
      ...(into === undefined ? [] : [into]),
      ...redirects.flatMap(({ id, to }) => [id, to]),
      ...numbers.flatMap(({ id, holder }) => [id, ...(holder === undefined ? [] : [holder])]),
    ]),
  ]
  // Also whoever they have become part of by what was decided before anybody noticed.
  const touched = new Set(spokenOf.flatMap((id) => [id, resolveMember(authority.world, id)]))
  const told = new Map<string, string[]>()
  for (const [id, some] of phones) {
    const current = resolveMember(authority.world, id)
    told.set(current, [...(told.get(current) ?? []), ...some])
  }
  const newestFirst = said.toSorted((a, b) => b.number - a.number)
  for (const id of touched) {
    const member = authority.world.member(id)
    if (!member) continue
    const last = newestFirst.find(({ memberId, what }) => memberId === id && what in RELEASES)
    const released = last ? RELEASES[last.what] : member.released === true
    const held = phonesHeld(authority, member, told.get(id) ?? [])
    authority.publish(writes, id, { phones: held, ...(released !== undefined && { released }) })
  }
}

/** Whether a decision about a member leaves it released. */
const RELEASES: Readonly<Partial<Record<DecisionKind, boolean>>> = { release: true, phone: false, revive: false }

function phonesHeld(authority: IdentityAuthority, member: MemberDocument, told: readonly string[]): string[] {
  const own = member.phone === undefined ? [] : [member.phone]
  const candidates = new Set([...(member.phones ?? []), ...told, ...own])
  return [...candidates].filter(
    (phone) => authority.standing(member.scope as Scope, phone as E164Phone).holder === member.id,
  )
}
