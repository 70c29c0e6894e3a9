/** Writes decisions: numbered, signed, one document for each scope that one concerns. */
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { DecisionKind } from '../../schemas/collections/decisions.ts'
import { SOMEBODY_ELSE, type IdentityEffects } from '../../schemas/identity.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import { signDocument, type SigningKey } from '../exchange/signature.ts'
import type { IdentityBook } from './identity-book.ts'
import type { IdentityWrites } from './identity-writes.ts'

export interface NewDecision {
  readonly what: DecisionKind
  readonly memberId: string
  readonly into?: string
  readonly requestId?: string
  readonly effects: IdentityEffects
}

export class DecisionLog {
  readonly #replica: Replica
  readonly #book: IdentityBook
  readonly #key: SigningKey

  constructor(replica: Replica, book: IdentityBook, key: SigningKey) {
    this.#replica = replica
    this.#book = book
    this.#key = key
  }

  /**
   * Decides. Call inside a transaction.
   *
   * @param scopeOfNumber the scope of ids that have no document
   * @returns the decision's number: that of its last document
   */
  write(writes: IdentityWrites, decision: NewDecision, scopeOfNumber: string): number {
    const declaration = declarationOf(this.#replica, 'decisions')
    let number = this.#book.newest()
    for (const [scope, effects] of this.#byScope(decision, scopeOfNumber)) {
      number += 1
      const { what } = decision
      // Of a private member that becomes shared, or is taken out of a shared one, everybody hears only of the shared one.
      const isTold = (id: string) => scope !== SHARED_SCOPE || this.#scopeOf(id, scopeOfNumber) === SHARED_SCOPE
      const into = decision.into !== undefined && isTold(decision.into) ? decision.into : undefined
      const memberId = isTold(decision.memberId) ? decision.memberId : (into ?? SOMEBODY_ELSE)
      const requestId = isTold(decision.memberId) ? decision.requestId : undefined
      const facts = {
        id: `d-${this.#replica.newId(12)}`,
        number,
        scope,
        what,
        memberId,
        ...(into !== undefined && { into }),
        ...(requestId !== undefined && { requestId }),
        at: this.#replica.clock.now(),
        ...effects,
      }
      const written = { ...facts, signature: signDocument(facts, this.#key) }
      this.#book.take(written)
      writes.edit(declaration, facts.id, () => written)
    }
    return number
  }

  #scopeOf(id: string, scopeOfNumber: string): string {
    const members = this.#replica.store.table('members')
    // A number that nobody registered is as private as the member that it was given to.
    return members.row(id)?.scope ?? this.#book.scopeOf(id) ?? scopeOfNumber
  }

  /** A branch hears only of its own private members, so what concerns them stands in a document of its own. */
  #byScope({ memberId, into, effects }: NewDecision, scopeOfNumber: string): Map<string, IdentityEffects> {
    const scopeOfId = (id: string) => this.#scopeOf(id, scopeOfNumber)
    const parts = new Map<string, { -readonly [K in keyof IdentityEffects]: IdentityEffects[K][number][] }>()
    const of = (scope: string) => {
      const known = parts.get(scope)
      if (known) return known
      const made = { redirects: [], numbers: [], homes: [], erased: [] }
      parts.set(scope, made)
      return made
    }
    for (const one of effects.redirects) of(scopeOfId(one.id)).redirects.push(one)
    for (const one of effects.numbers) of(scopeOfId(one.id)).numbers.push(one)
    for (const one of effects.homes) {
      const scope = scopeOfId(one.to)
      of(scope).homes.push(one)
      const told = this.#book.homeToldToAll(one.registrationId)
      // Everybody has seen the registration; whose it is now is for its branch alone.
      const wasShared = told !== undefined && told !== SOMEBODY_ELSE
      if (scope !== SHARED_SCOPE && wasShared) of(SHARED_SCOPE).homes.push({ ...one, to: SOMEBODY_ELSE })
    }
    for (const one of effects.erased) of(scopeOfId(one)).erased.push(one)
    // A decision that changes nothing is told all the same.
    if (parts.size === 0) of(scopeOfId(into ?? memberId))
    // What is told to all comes first: who may know more holds by the later one.
    return new Map([...parts].toSorted(([a], [b]) => Number(b === SHARED_SCOPE) - Number(a === SHARED_SCOPE)))
  }
}
