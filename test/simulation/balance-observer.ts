/**
 * Watches headquarters commit by commit, and says what each branch must show at any moment: the balance that it holds, plus
 * what its own documents say now by what it knows of members, minus what headquarters' books contained of them when that
 * balance was published, by whose they were then.
 */
import { shownBalance } from '../../adapters/exchange/shown-balance.ts'
import type { Change } from '../../adapters/sqlite/document-table.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { addContribution, NO_BALANCE, type Balance, type Contribution } from '../../schemas/contribution.ts'
import { memberOfDocument, resolveMember, type IdentityView } from '../../schemas/identity.ts'
import type { SimulatedBranch, SimulatedChain } from '../support/simulated-chain.ts'

/** What a document counts, and for whom; nobody while it is held. */
interface Credit extends Balance {
  readonly memberId: string | undefined
}

interface Entry {
  contribution: Contribution | undefined
  readonly credits: { readonly commit: number; readonly credit: Credit }[]
}

export class BalanceObserver {
  readonly #chain: SimulatedChain
  readonly #wrong: string[]
  readonly #entries = new Map<string, Entry>()
  /** The commit in which a balance with these marks was published first. */
  readonly #published = new Map<string, number>()
  /** PCs that hold what headquarters published before it was restored: nobody can say what they must show. */
  readonly #astray = new Set<SimulatedBranch>()
  readonly #astrayCopies = new Set<SimulatedBranch>()
  #commits = 0
  #copy: string | undefined
  #watched: Store | undefined

  /** @param wrong takes what is found */
  constructor(chain: SimulatedChain, wrong: string[]) {
    this.#chain = chain
    this.#wrong = wrong
  }

  /** Compares what a branch shows of each member with what it must show. */
  check(at: SimulatedBranch | undefined): void {
    const { store } = this.#chain.cloud.replica
    if (this.#watched !== store) store.onCommit(({ changes }) => this.#note(changes))
    this.#watched = store
    if (!at || this.#wrong.length > 0 || this.#isAstray(at)) return
    const ids = at.branch.replica.store.table('members').select('deleted IN (0, 1)', '', []) as { id: string }[]
    for (const id of new Set(ids.map(({ id }) => resolveMember(at.book, id)))) this.#checkOne(at, id)
  }

  /** Headquarters' store is copied. */
  backUp(): void {
    this.#copy = JSON.stringify([[...this.#entries], [...this.#published], this.#commits])
  }

  /** Headquarters goes on from its copy. */
  restore(): void {
    const [entries, published, commits] = JSON.parse(this.#copy!) as [[string, Entry][], [string, number][], number]
    replaceAll(this.#entries, entries)
    replaceAll(this.#published, published)
    this.#commits = commits
  }

  /** A branch's store is copied, to go back to. */
  backUpBranch(at: SimulatedBranch): void {
    if (this.#isAstray(at)) this.#astrayCopies.add(at)
    else this.#astrayCopies.delete(at)
  }

  /** A branch goes on from its copy. */
  restoreBranch(at: SimulatedBranch): void {
    if (this.#astrayCopies.has(at)) this.#astray.add(at)
  }

  /** A second PC goes on with all that the first one holds. */
  clone(at: SimulatedBranch, clone: SimulatedBranch): void {
    if (this.#isAstray(at)) this.#astray.add(clone)
  }

  /** From when the branch relies on what headquarters has lost, until it has offered everything again. */
  #isAstray(at: SimulatedBranch): boolean {
    const { cloud } = this.#chain
    if (!cloud.knows(at.branch.standpoint())) this.#astray.add(at)
    else if (!cloud.recovery.isRunning && at.branch.backlog().documents === 0) this.#astray.delete(at)
    return this.#astray.has(at)
  }

  /** Those of the living PCs whose balances are not looked at. */
  astray(): string[] {
    return this.#chain.branches.filter((at) => this.#isAstray(at)).map(({ id }) => id)
  }

  #checkOne(at: SimulatedBranch, id: string): void {
    const shown = shownBalance(at.branch, id)
    const exact = this.#exact(at, id)
    if (exact && shown.points === exact.points && shown.value === exact.value) return
    this.#wrong.push(`${at.id} shows ${JSON.stringify(shown)} of ${id}, exact is ${JSON.stringify(exact)}`)
  }

  #exact(at: SimulatedBranch, id: string): Balance | undefined {
    const { store } = at.branch.replica
    const member = store.table('members').get(id) as MemberDocument | undefined
    const published = member?.balanceSeq === undefined ? -1 : this.#published.get(keyOf(member))
    if (published === undefined) return undefined
    let exact = member?.balance ?? NO_BALANCE
    for (const declaration of store.declarations) {
      if (!declaration.contribution) continue
      for (const doc of store.table(declaration.name).select('deleted IN (0, 1)', '', [])) {
        const present = declaration.contribution(doc)
        const contained = this.#creditAt(`${declaration.name}/${doc['id'] as string}`, published)
        if (present && memberOf(at.book, present) === id) exact = addContribution(exact, present, 1)
        if (contained?.memberId === id) exact = addContribution(exact, contained, -1)
      }
    }
    return exact
  }

  #creditAt(document: string, commit: number): Credit | undefined {
    return this.#entries.get(document)?.credits.findLast((one) => one.commit <= commit)?.credit
  }

  #note(changes: readonly Change[]): void {
    this.#commits += 1
    const { book } = this.#chain.identity
    const decided = changes.some(({ table }) => table.declaration?.signed === true)
    const touched = new Set<Entry>(decided ? this.#entries.values() : [])
    const members = new Set<string>()
    for (const { table, doc } of changes) {
      const { declaration } = table
      if (declaration?.holdsBalance) members.add(doc['id'] as string)
      if (!declaration?.contribution) continue
      const key = `${table.name}/${doc['id'] as string}`
      const entry = this.#entries.get(key) ?? { contribution: undefined, credits: [] }
      this.#entries.set(key, entry)
      entry.contribution = declaration.contribution(doc)
      touched.add(entry)
    }
    for (const entry of touched) this.#credit(entry, book)
    for (const id of members) this.#publish(id)
  }

  #credit({ contribution, credits }: Entry, book: IdentityView): void {
    const { points = 0, value = 0 } = contribution ?? {}
    const credit = { points, value, memberId: contribution && memberOf(book, contribution) }
    const last = credits.at(-1)?.credit
    if (last?.memberId === credit.memberId && last?.points === points && last.value === value) return
    credits.push({ commit: this.#commits, credit })
  }

  /** A balance that headquarters publishes is the sum of what it has accepted for the member. */
  #publish(id: string): void {
    const member = this.#watched!.table('members').get(id) as MemberDocument | undefined
    if (member?.balanceSeq === undefined) return
    if (!this.#published.has(keyOf(member))) this.#published.set(keyOf(member), this.#commits)
    let sum = NO_BALANCE
    for (const { credits } of this.#entries.values()) {
      const credit = credits.at(-1)?.credit
      if (credit?.memberId === id) sum = addContribution(sum, credit, 1)
    }
    const { points, value } = member.balance ?? NO_BALANCE
    if (points === sum.points && value === sum.value) return
    this.#wrong.push(`headquarters publishes ${JSON.stringify(member.balance)} of ${id}, sum ${JSON.stringify(sum)}`)
  }
}

function replaceAll<Value>(map: Map<string, Value>, by: readonly (readonly [string, Value])[]): void {
  map.clear()
  for (const [key, value] of by) map.set(key, value)
}

function memberOf(view: IdentityView, { memberId, registrationId }: Contribution): string | undefined {
  return memberOfDocument(view, memberId, registrationId)
}

function keyOf({ id, balanceSeq = 0, decided = 0 }: MemberDocument): string {
  return `${id} ${balanceSeq} ${decided}`
}
