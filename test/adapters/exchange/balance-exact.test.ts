/**
 * The balance that a branch shows is exact at every moment: what headquarters published, plus what the branch's own
 * documents say now, minus what that published balance contained of them. The test knows the last of these because it
 * notes everything that headquarters ever accepts; the branch has to know it by what it was told.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownBalance } from '../../../adapters/exchange/shown-balance.ts'
import type { Store } from '../../../adapters/sqlite/store.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import { addContribution, NO_BALANCE, type Balance, type Contribution } from '../../../schemas/contribution.ts'
import type { Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { proofCount, proofTimeout } from '../../support/proof-scale.ts'
import { CHAIN_KEY, SimulatedChain, type Fault, type SimulatedBranch } from '../../support/simulated-chain.ts'

const MEMBERS = (['+8613800000001', '+8613800000002'] as E164Phone[]).map((phone) => ({
  id: memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, phone, 0),
  phone,
}))
const AT = '2026-01-01T00:00:00.000Z'
const lists = { tags: [], registrations: [], aliases: [], followUps: [] }

/** What every document of the chain contributed, as headquarters accepted it: by document, in the order of seqs. */
class Recorder {
  readonly #history = new Map<string, { seq: number; contribution: Contribution | undefined }[]>()

  watch(store: Store): void {
    store.onCommit(({ changes }) => {
      for (const { table, doc, seq } of changes) {
        if (!table.declaration?.contribution) continue
        const key = `${table.name}\n${doc[table.declaration.merge.key] as string}`
        const states = this.#history.get(key) ?? []
        states.push({ seq, contribution: table.declaration.contribution(doc) })
        this.#history.set(key, states)
      }
    })
  }

  contained(collection: string, id: string, balanceSeq: number): Contribution | undefined {
    const states = this.#history.get(`${collection}\n${id}`) ?? []
    return states.findLast(({ seq }) => seq <= balanceSeq)?.contribution
  }
}

function exactBalance({ branch }: SimulatedBranch, recorder: Recorder, memberId: string): Balance {
  const { store } = branch.replica
  const member = store.table('members').get(memberId)
  const balanceSeq = (member?.['balanceSeq'] as number | undefined) ?? 0
  let exact = (member?.['balance'] as Balance | undefined) ?? NO_BALANCE
  for (const declaration of store.declarations) {
    if (!declaration.contribution) continue
    for (const doc of store.table(declaration.name).select('deleted IN (0, 1)', '', [])) {
      const present = declaration.contribution(doc)
      const contained = recorder.contained(declaration.name, doc['id'] as string, balanceSeq)
      if (present?.memberId === memberId) exact = addContribution(exact, present, 1)
      if (contained?.memberId === memberId) exact = addContribution(exact, contained, -1)
    }
  }
  return exact
}

const branch = fc.nat(2)
const member = fc.nat(1)
const pick = fc.nat(20)
const points = fc.integer({ min: -50, max: 50 })
const fault = fc.constantFrom<Fault>('pass', 'pass', 'lose-request', 'lose-answer', 'lose-answer', 'edit-meanwhile')
const faults = fc.array(fault, { maxLength: 7 })
const status = fc.constantFrom('paid', 'closed', 'refunded', 'cancelled', 'reopen', 'reopen')
const edit = fc.constantFrom('status', 'points', 'member', 'registration', 'delete', 'note')
const sync = fc.record({ do: fc.constant('sync' as const), branch, faults })
const step = fc.oneof(
  fc.record({ do: fc.constant('order' as const), branch, member, points, status: fc.constantFrom('created', 'paid') }),
  fc.record({
    do: fc.constant('edit' as const),
    atCloud: fc.constant(false),
    branch,
    pick,
    edit,
    status,
    member,
    points,
  }),
  fc.record({ do: fc.constant('edit' as const), atCloud: fc.boolean(), branch, pick, edit, status, member, points }),
  fc.record({ do: fc.constant('movement' as const), branch, member, points }),
  fc.record({ do: fc.constant('rename' as const), atCloud: fc.boolean(), branch, member }),
  fc.record({ do: fc.constant('order-at-cloud' as const), branch, member, points }),
  fc.record({ do: fc.constantFrom('restart' as const, 'restart-cloud' as const), branch }),
  fc.record({ do: fc.constantFrom('lose' as const, 'back-up' as const), branch }),
  fc.record({ do: fc.constantFrom('restore' as const, 'clone' as const), branch }),
  sync,
  sync,
  sync,
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

let documents = 0

function order(branchId: string, memberId: string, pointsGiven: number, statusGiven: string): Doc {
  documents += 1
  const facts = {
    id: `o${documents}`,
    branchId,
    number: String(documents),
    placedAt: AT,
    status: statusGiven,
    round: 1,
  }
  const spent = pointsGiven < 0 ? { pointsSpent: -pointsGiven } : { pointsEarned: pointsGiven }
  return { ...facts, lines: [], total: 1, currency: 'CNY', memberId, registrationId: 'r1', ...spent }
}

function editOf(doc: Doc, of: Extract<Step, { do: 'edit' }>): Doc {
  documents += 1
  const round = doc['round'] as number
  const changes: Readonly<Record<string, Doc>> = {
    status: of.status === 'reopen' ? { status: 'paid', round: round + 1 } : { status: of.status, round },
    points: of.points < 0 ? { pointsSpent: -of.points } : { pointsEarned: of.points },
    member: { memberId: MEMBERS[of.member]!.id, registrationId: `r${documents}` },
    registration: { registrationId: `r${documents}` },
    delete: { _deleted: doc['_deleted'] !== true },
    note: { note: String(documents) },
  }
  return { id: doc['id'], ...changes[of.edit] }
}

class Run {
  readonly chain: SimulatedChain
  readonly recorder = new Recorder()
  readonly wrong: string[] = []
  readonly #copied = new Set<string>()
  #watched: Store | undefined

  constructor(folder: string) {
    this.chain = new SimulatedChain(folder, ['b1', 'b2'])
    this.chain.observe = () => this.check()
    this.check()
    for (const { id, phone } of MEMBERS) {
      this.chain.writeAtCloud('members', { id, scope: SHARED_SCOPE, phone, generation: 0, name: 'Li', ...lists })
    }
  }

  check(): void {
    const { store } = this.chain.cloud.replica
    if (this.#watched !== store) this.recorder.watch(store)
    this.#watched = store
    for (const one of this.chain.branches) {
      if (this.wrong.length > 0) return
      for (const { id } of MEMBERS) {
        const shown = shownBalance(one.branch, id)
        const exact = exactBalance(one, this.recorder, id)
        if (shown.points !== exact.points || shown.value !== exact.value) {
          this.wrong.push(`${one.file}: shown ${JSON.stringify(shown)}, exact ${JSON.stringify(exact)}`)
        }
      }
    }
  }

  async perform(of: Step): Promise<void> {
    const { chain } = this
    const at = chain.branches[of.branch % chain.branches.length]!
    const { store } = at.branch.replica
    try {
      if (of.do === 'order') chain.write(at, 'orders', order(at.id, MEMBERS[of.member]!.id, of.points, of.status))
      else if (of.do === 'order-at-cloud') {
        chain.writeAtCloud('orders', order(at.id, MEMBERS[of.member]!.id, of.points, 'paid'))
      } else if (of.do === 'edit') {
        const from = of.atCloud ? chain.cloud.replica.store : store
        const found = from.table('orders').rowsAfter(0, 1000)
        const doc = found.length > 0 && editOf(found[of.pick % found.length]!.doc, of)
        if (doc) chain.writeUnheld(of.atCloud ? undefined : at, doc)
      } else if (of.do === 'movement') {
        documents += 1
        const facts = { id: `v${documents}`, branchId: at.id, memberId: MEMBERS[of.member]!.id, at: AT }
        chain.write(at, 'movements', { ...facts, kind: 'adjust', points: of.points, value: -of.points })
      } else if (of.do === 'rename') {
        documents += 1
        const named = { id: MEMBERS[of.member]!.id, name: `Li ${documents}` }
        if (of.atCloud) chain.writeAtCloud('members', named)
        else if (store.table('members').get(named.id)) chain.write(at, 'members', named)
      } else if (of.do === 'restart') await chain.restart(at)
      else if (of.do === 'restart-cloud') chain.restartCloud()
      else if (of.do === 'lose') await chain.lose(at)
      else if (of.do === 'back-up') {
        await chain.backUp(at)
        this.#copied.add(at.file)
      } else if (of.do === 'restore') {
        if (this.#copied.has(at.file)) await chain.restore(at)
      } else if (of.do === 'clone') {
        if (chain.branches.length < 3) await chain.clone(at)
      } else if (of.do === 'sync') {
        at.faults = of.faults
        at.meanwhile = () => {
          for (const { id } of store.table('orders').select('deleted = 0', '', []) as { id: string }[]) {
            chain.write(at, 'orders', { id, pointsEarned: (documents += 1) % 50 })
          }
        }
        await at.cycle.run()
        at.faults = []
      }
    } catch (error) {
      // A till that asks for an impossible status is told so; everything else is a defect.
      if (!(error instanceof OutpostError) || error.code !== 'ORDER_TRANSITION') throw error
    }
    this.check()
  }
}

/** Thousands of stores are made: where there is a file system in memory they need not reach the disk. */
function folderInMemory(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'outpost-test-'))
}

async function run(steps: readonly Step[]): Promise<string[]> {
  const folder = folderInMemory()
  const at = new Run(folder)
  try {
    for (const one of steps) await at.perform(one)
    await at.chain.heal()
    at.check()
    return at.wrong
  } finally {
    at.chain.close()
    rmSync(folder, { recursive: true })
  }
}

describe('the shown balance', () => {
  it('counts an order once whose acknowledgement was lost and whose balance came down before it was sent again', async () => {
    const folder = folderInMemory()
    const { chain } = new Run(folder)
    const [branch] = chain.branches
    const { id } = MEMBERS[0]!
    await branch!.cycle.run()
    chain.write(branch!, 'orders', order('b1', id, 30, 'paid'))
    // The heartbeat passes, the push is folded and its answer is lost; then the member comes down with its balance.
    branch!.faults = ['pass', 'lose-answer']
    await branch!.cycle.run()
    chain.writeAtCloud('members', { id, name: 'Li Na' })
    branch!.faults = ['pass', 'pass', 'pass', 'lose-request']
    await branch!.cycle.run()
    expect(branch!.branch.backlog().documents).toBe(1)
    expect(branch!.branch.replica.store.table('members').get(id)).toMatchObject({ balance: { points: 30 } })
    expect(shownBalance(branch!.branch, id).points).toBe(30)
    chain.close()
    rmSync(folder, { recursive: true })
  })

  it('stays exact when more was folded than one answer lists', async () => {
    const folder = folderInMemory()
    const at = new Run(folder)
    const [branch] = at.chain.branches
    const { id } = MEMBERS[0]!
    await branch!.cycle.run()
    for (let i = 0; i < 10; i++) at.chain.write(branch!, 'orders', order('b1', id, 1, 'paid'))
    await branch!.cycle.run()
    for (const { id: orderId } of branch!.branch.replica.store.table('orders').rowsAfter(0, 10)) {
      for (let i = 0; i < 120; i++) at.chain.writeAtCloud('orders', { id: orderId, pointsEarned: i })
    }
    await at.chain.heal()
    at.check()
    expect(at.wrong).toEqual([])
    expect(branch!.cycle.status().verdict.state).toBe('in-sync')
    expect(shownBalance(branch!.branch, id).points).toBe(1190)
    at.chain.close()
    rmSync(folder, { recursive: true })
  })

  it(
    'is exact at every step, whatever is lost, repeated, edited meanwhile, restarted, restored or cloned',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25, size: 'max' }), async (steps) => {
          expect(await run(steps)).toEqual([])
        }),
        { numRuns: proofCount(1000) },
      )
    },
    proofTimeout(300_000),
  )
})
