/**
 * A chain whose time and chance come from a seed, and what everybody who acts in it has done so far. Nobody but the
 * observer who sees all of it knows these notes: the product has to come to the same by what its nodes were told.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shownBalance } from '../../adapters/exchange/shown-balance.ts'
import { BranchDesk } from '../../adapters/identity/branch-desk.ts'
import { MemberDesk } from '../../adapters/identity/member-desk.ts'
import { MembersHere } from '../../adapters/identity/members-here.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { E164Phone } from '../../schemas/brand.ts'
import { NO_BALANCE } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { SimulatedChain, type SimulatedBranch } from '../support/simulated-chain.ts'
import { BalanceObserver } from './balance-observer.ts'

/** Few, so that branches often mean the same one. */
export const PHONES = ['+8613800000001', '+8613800000002', '+8613800000003', '+8613800000004'] as unknown as readonly [
  E164Phone,
  E164Phone,
  E164Phone,
  E164Phone,
]
export const START_MS = Date.UTC(2026, 5, 1)
/** People act seconds apart. */
const STEP_MS = 7_000
/** What people are told when they ask for what cannot be: nothing has happened then. */
const REFUSALS = [
  'ERASED',
  'MEMBER_CONFLICT',
  'MEMBER_UNKNOWN',
  'ORDER_TRANSITION',
  'REQUEST_DECIDED',
  'REQUEST_UNKNOWN',
]
const ALL = 'deleted IN (0, 1)'

/** What commands need to know to be possible at all. */
export interface Facts {
  members: number
  orders: number
  requests: number
}

/** Something personal that somebody wrote down, unlike anything else, and of whom. */
export interface PersonalNote {
  readonly text: string
  readonly memberId: string
  /** With which it came; absent for an edit. */
  readonly registrationId: string | undefined
}

export class SimulatedWorld {
  readonly facts: Facts = { members: 0, orders: 0, requests: 0 }
  readonly chain: SimulatedChain
  readonly observer: BalanceObserver
  readonly wrong: string[] = []
  readonly personal: PersonalNote[] = []
  /** Registrations and documents that a store has acknowledged and that have to arrive, with the branch that made them. */
  readonly acknowledged = new Map<string, string>()
  readonly #folder: string
  readonly #osOffsets = new Map<string, number>()
  #nowMs = START_MS
  #names = 0
  #random: number

  constructor(seed: number, branches: number) {
    this.#folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'outpost-simulation-'))
    this.#random = seed >>> 0
    const ids = Array.from({ length: branches }, (_, i) => `b${i + 1}`)
    this.chain = new SimulatedChain(this.#folder, ids, {
      nowMs: () => this.#nowMs,
      osMs: (branchId) => this.#nowMs + (this.#osOffsets.get(branchId) ?? 0),
      monotonicMs: () => this.#nowMs,
      newId: (bytes) => this.#newId(bytes),
    })
    this.observer = new BalanceObserver(this.chain, this.wrong)
    this.chain.observe = (branch) => this.observer.check(branch)
    this.chain.beforeLoss = (store) => this.#beforeLoss(store)
    this.observer.check(undefined)
  }

  branch(pick: number): SimulatedBranch {
    const { branches } = this.chain
    return branches[pick % branches.length]!
  }

  here(at: SimulatedBranch): MembersHere {
    return new MembersHere(at.branch.replica, at.book)
  }

  branchDesk(at: SimulatedBranch): BranchDesk {
    const { replica, branchId } = at.branch
    const balanceOf = (id: string) => shownBalance(at.branch, id)
    return new BranchDesk({ replica, here: this.here(at), branchId, country: 'CN', balanceOf })
  }

  memberDesk(): MemberDesk {
    const { identity, cloud } = this.chain
    const balanceOf = (id: string) => {
      const { points, value } = cloud.balances.balance(id) ?? NO_BALANCE
      return { points, value }
    }
    return new MemberDesk(identity, balanceOf, 'CN')
  }

  /** One thing that somebody does, and whether everybody shows the right balances afterwards. */
  async step(at: SimulatedBranch | undefined, act: () => unknown): Promise<void> {
    this.#nowMs += STEP_MS
    await act()
    this.observer.check(at)
    this.#count()
    if (this.wrong.length > 0) throw new Error(this.wrong.join('\n'))
  }

  /**
   * Asks a node for one thing; what is refused must have changed nothing.
   *
   * @param at whose store it is about; headquarters' without
   * @returns `undefined` where it was refused
   */
  attempt<T>(at: SimulatedBranch | undefined, act: () => T): T | undefined {
    const { store } = at ? at.branch.replica : this.chain.cloud.replica
    const before = store.head().seq
    try {
      return act()
    } catch (error) {
      if (!(error instanceof OutpostError) || !this.#isExpected(error)) throw error
      if (store.head().seq !== before) this.wrong.push(`refused with ${error.code}, and yet something was written`)
      return undefined
    }
  }

  /** Who decides waits until everything is known again that was decided before. */
  #isExpected({ code }: OutpostError): boolean {
    return REFUSALS.includes(code) || (code === 'RECOVERING' && this.chain.cloud.recovery.isRunning)
  }

  async backUp(at: SimulatedBranch): Promise<void> {
    this.observer.backUpBranch(at)
    await this.chain.backUp(at)
  }

  async restore(at: SimulatedBranch): Promise<void> {
    await this.chain.restore(at)
    this.observer.restoreBranch(at)
  }

  async clone(at: SimulatedBranch): Promise<void> {
    this.observer.clone(at, await this.chain.clone(at))
  }

  backUpCloud(): void {
    this.chain.backUpCloud()
    this.observer.backUp()
  }

  restoreCloud(): void {
    // Before anybody writes on.
    this.observer.restore()
    this.chain.restoreCloud()
  }

  /** Nobody can bring back what only a store had that is gone: of that, and of nothing else, nobody waits for it. */
  #beforeLoss(store: Store): () => void {
    // Of whom a store has erased it no longer says what it had.
    const hasErased = (store.prepare('SELECT count(*) FROM erased_member').pluck().get() as number) > 0
    const had = [...this.acknowledged.keys()].filter(
      (what) => this.#holds(store, what) || (hasErased && !what.includes('/')),
    )
    return () => {
      const stores = [this.chain.cloud, ...this.chain.branches.map(({ branch }) => branch)]
      for (const what of had) {
        if (!stores.some(({ replica }) => this.#holds(replica.store, what))) this.acknowledged.delete(what)
      }
    }
  }

  #holds(store: Store, what: string): boolean {
    const [collection, id] = what.split('/')
    if (id !== undefined) return store.table(collection!).row(id) !== undefined
    return ['members', 'requests'].some((name) => JSON.stringify(store.table(name).select(ALL, '', [])).includes(what))
  }

  /** The clock of a branch's PC is set to this far from the true time, ms. */
  setClock(at: SimulatedBranch, offsetMs: number): void {
    this.#osOffsets.set(at.id, offsetMs)
  }

  /** A text that nothing else contains. */
  newText(kind: string): string {
    this.#names += 1
    return `${kind}~${this.#names}~`
  }

  count(): number {
    return (this.#names += 1)
  }

  at(): string {
    return new Date(this.#nowMs).toISOString()
  }

  newId(prefix: string): string {
    return `${prefix}-${this.#newId(9)}`
  }

  noteAcknowledged(what: string, at: SimulatedBranch | undefined): void {
    this.acknowledged.set(what, at?.id ?? '')
  }

  /** Writes something down of a member that must be gone once it is erased. */
  notePersonal(text: string, memberId: string, registrationId?: string): void {
    this.personal.push({ text, memberId, registrationId })
  }

  /** What was written down of one person has been said of another, too. */
  forgetPersonal(said: string): void {
    const others = this.personal.filter(({ text }) => !said.includes(text))
    this.personal.splice(0, this.personal.length, ...others)
  }

  /** All documents of a collection at a node that are there to be picked from, in an order that repeats. */
  documents(at: SimulatedBranch | undefined, collection: string, where = 'deleted = 0'): Doc[] {
    const { store } = at ? at.branch.replica : this.chain.cloud.replica
    return store.table(collection).select(where, 'ORDER BY id', [])
  }

  digest(): string {
    const { store } = this.chain.cloud.replica
    const hash = createHash('sha256')
    for (const { name } of store.declarations) {
      for (const { _rev, _meta, ...doc } of this.documents(undefined, name, 'deleted IN (0, 1)')) {
        hash.update(JSON.stringify(doc))
      }
    }
    return hash.digest('hex')
  }

  close(): void {
    this.chain.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #count(): void {
    for (const [fact, collection] of [
      ['members', 'members'],
      ['orders', 'orders'],
      ['requests', 'requests'],
    ] as const) {
      const stores = [this.chain.cloud, ...this.chain.branches.map(({ branch }) => branch)]
      this.facts[fact] = Math.max(...stores.map(({ replica }) => replica.store.table(collection).count('1', [])))
    }
  }

  /** Mulberry32 (Tommy Ettinger, public domain): as good as chance needs to be here, and it repeats. */
  #newId(bytes: number): string {
    const out = Buffer.alloc(bytes)
    for (let i = 0; i < bytes; i++) {
      this.#random = (this.#random + 0x6d2b79f5) >>> 0
      let t = this.#random
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      out[i] = (t ^ (t >>> 14)) & 0xff
    }
    return out.toString('base64url')
  }
}
