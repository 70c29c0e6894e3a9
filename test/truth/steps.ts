/** What happens in a history: each step is plain data, so that a history can be shown, repeated and made shorter. */
import Database from 'better-sqlite3'
import { MembersHere } from '../../adapters/identity/members-here.ts'
import { BranchDesk } from '../../adapters/identity/branch-desk.ts'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { REPLICATED_DATABASE } from '../../adapters/sqlite/layout.ts'
import type { SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { NO_BALANCE } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { SimulatedBranch } from '../support/simulated-chain.ts'
import type { TruthWorld } from './truth-world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const MOST_PCS = 2

export interface Step {
  readonly do: StepName
  /** Which PC, document, kind it is about. */
  readonly pick: number
  readonly amount: number
}

interface Act {
  /** How often it comes, beside the others. */
  readonly weight: number
  readonly run: (world: TruthWorld, at: SimulatedBranch, step: Step) => unknown
}

const ACTS = {
  sell: { weight: 14, run: (world, at) => write(world, at, 'orders', newOrder(world, at.id)) },
  'sell-much': {
    weight: 2,
    run: (world, at) => {
      for (let i = 0; i < 55; i++) write(world, at, 'orders', newOrder(world, at.id))
    },
  },
  'change-order': {
    weight: 6,
    run: (world, at, { pick }) => {
      const order = one(world, at, 'orders', pick)
      if (order) write(world, at, 'orders', { id: order['id'], note: `n${world.count()}` })
    },
  },
  register: {
    weight: 5,
    run: (world, at, { pick, amount }) => {
      const { replica, branchId } = at.branch
      const here = new MembersHere(replica, at.book)
      const balanceOf = () => NO_BALANCE
      const desk = new BranchDesk({ replica, here, branchId, country: 'CN', balanceOf })
      const phone = `+86138000000${10 + (pick % 30)}`
      if (world.isOn(at)) attempt(() => desk.register(`m${world.count()}`, phone, amount % 4 === 0))
    },
  },
  'edit-member': {
    weight: 6,
    run: (world, at, { pick }) => {
      const member = one(world, at, 'members', pick)
      if (member) write(world, at, 'members', { id: member['id'], name: `m${world.count()}` })
    },
  },
  'hq-product': {
    weight: 8,
    run: (world, _at, { pick }) => {
      const product = { id: `p${pick % 12}`, name: `p${world.count()}`, price: 100 + pick, currency: 'CNY' }
      writeAtCloud(world, 'products', product)
    },
  },
  'hq-order': { weight: 5, run: (world, at) => writeAtCloud(world, 'orders', newOrder(world, at.id)) },
  'hq-delete': {
    weight: 2,
    run: (world, _at, { pick }) => {
      const found = world.chain.cloud.replica.store.table('products').select('deleted = 0', 'ORDER BY id', [])
      const product = found[pick % Math.max(1, found.length)]
      if (product) writeAtCloud(world, 'products', { id: product['id'], _deleted: true })
    },
  },
  wait: { weight: 26, run: () => undefined },
  lose: {
    weight: 8,
    run: (world, at, { pick, amount }) => {
      for (let i = 0; i <= amount % 5; i++)
        world.lineOf(at).faults.push(pick % 2 === 0 ? 'lose-request' : 'lose-answer')
    },
  },
  cut: { weight: 6, run: (world, at, { amount }) => world.cut(at, amount % 2 === 0) },
  mend: { weight: 7, run: (world, at) => (world.lineOf(at).isCut = false) },
  'lose-stream': { weight: 3, run: (world, at, { amount }) => world.streams.cut(at, amount % 2 === 0) },
  slow: {
    weight: 4,
    run: (world, at, { pick, amount }) => {
      const ms = amount % 5000
      Object.assign(world.lineOf(at), pick % 2 === 0 ? { requestMs: ms, answerMs: 0 } : { requestMs: 0, answerMs: ms })
    },
  },
  quick: { weight: 4, run: (world, at) => Object.assign(world.lineOf(at), { requestMs: 0, answerMs: 0 }) },
  poison: {
    weight: 3,
    run: (world, at, { pick }) => {
      const order = one(world, at, 'orders', pick)
      if (order) poison(at.branch.replica.store, 'orders', { ...order, total: 'a lot' })
    },
  },
  'hq-poison': {
    weight: 2,
    run: (world, at, { pick }) => {
      const { store } = world.chain.cloud.replica
      const order = store.table('orders').select('scope = ?', 'ORDER BY id', [at.id])[pick % 7]
      if (order) poison(store, 'orders', { ...order, total: 'a lot' })
    },
  },
  cure: { weight: 3, run: (world, at) => cure(world, at) },
  clock: {
    weight: 4,
    run: (world, at, { pick, amount }) => {
      const far = [0, 90_000, -90_000, 7 * MINUTE_MS, -3 * HOUR_MS, 40 * DAY_MS, -400 * DAY_MS, 9 * 365 * DAY_MS]
      world.osOffsets.set(at.id, far[(pick + amount) % far.length]!)
    },
  },
  disable: { weight: 2, run: (world, at) => world.operations.setBranchEnabled(at.id, false) },
  enable: { weight: 4, run: (world, at) => world.operations.setBranchEnabled(at.id, true) },
  retire: { weight: 1, run: (world, at) => world.operations.lifecycle.retire(at.id, false) },
  revive: { weight: 2, run: (world, at) => world.operations.lifecycle.revive(at.id, false) },
  'sync-off': { weight: 2, run: (world, at) => setSync(world, at, 'off') },
  'sync-on': { weight: 3, run: (world, at) => setSync(world, at, 'on') },
  suspend: { weight: 2, run: (world, at) => setSync(world, at, 'set', { suspend: ['orders'] }) },
  resume: { weight: 3, run: (world, at) => setSync(world, at, 'set', { resume: ['orders'] }) },
  'switch-off': { weight: 3, run: (world, at) => world.switchOff(at) },
  'switch-on': {
    weight: 5,
    run: async (world, at) => {
      if (!world.isOn(at)) await world.begin(at)
    },
  },
  restart: { weight: 3, run: (world, at) => world.begin(at) },
  'hq-restart': { weight: 2, run: (world) => world.chain.restartCloud() },
  'back-up': { weight: 2, run: (world, at) => world.begin(at, () => world.chain.backUp(at)) },
  restore: {
    weight: 2,
    run: async (world, at) => {
      if (world.chain.hasCopy(at)) await world.begin(at, () => world.chain.restore(at))
    },
  },
  'lose-pc': {
    weight: 1,
    run: async (world, at) => {
      // Whoever enrols a PC tells it the time.
      world.osOffsets.set(at.id, 0)
      await world.begin(at, () => world.chain.lose(at))
    },
  },
  clone: {
    weight: 2,
    run: async (world, at) => {
      if (world.chain.pcsOf(at.id).length < MOST_PCS) await world.clone(at)
    },
  },
  keep: { weight: 3, run: (world, at) => keepOne(world, at) },
  'hq-back-up': { weight: 1, run: (world) => world.backUpCloud() },
  'hq-restore': {
    weight: 1,
    run: (world) => {
      if (world.chain.hasCloudCopy()) world.restoreCloud()
    },
  },
  'end-recovery': {
    weight: 1,
    run: (world) => {
      if (world.chain.cloud.recovery.isRunning) world.chain.endRecovery()
    },
  },
  'take-back': { weight: 1, run: (world) => world.chain.takeBackLost() },
  resnapshot: { weight: 1, run: (world, at) => attempt(() => world.operations.lifecycle.resnapshot(at.id, false)) },
  tamper: { weight: 2, run: (world, at, step) => tamper(world, at, step) },
} as const satisfies Record<string, Act>

export type StepName = keyof typeof ACTS

/** @param name what happens; the rest says to whom, and how much of it */
export function step(name: StepName, pick = 0, amount = 0): Step {
  return { do: name, pick, amount }
}

const BAG = (Object.keys(ACTS) as StepName[]).flatMap((name) => Array.from({ length: ACTS[name].weight }, () => name))

export function drawSteps(random: SeededRandom, count: number): Step[] {
  return Array.from({ length: count }, () => ({
    do: random.pick(BAG),
    pick: random.below(60),
    amount: random.below(100_000),
  }))
}

/** What a step takes, ms: most are seconds apart, now and then there are minutes or hours in between. */
export function lastsMs({ do: name, pick, amount }: Step): number {
  if (name !== 'wait') return pick % 3 === 0 ? 0 : amount % 6000
  if (pick < 30) return 1000 + (amount % 30_000)
  if (pick < 55) return amount
  return MINUTE_MS * 11 + amount * 2
}

export async function perform(world: TruthWorld, step: Step): Promise<void> {
  const act: Act = ACTS[step.do]
  await act.run(world, world.pc(step.pick), step)
}

export function describe({ do: name, pick, amount }: Step): string {
  return `${name}(${JSON.stringify({ pick, amount })})`
}

// --- what people and programs do --------------------------------------------------------------------------------------

/** What is refused has changed nothing. */
function attempt(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof OutpostError)) throw error
  }
}

function write(world: TruthWorld, at: SimulatedBranch, collection: string, doc: Doc): void {
  if (world.isOn(at)) attempt(() => world.chain.write(at, collection, doc))
}

function writeAtCloud(world: TruthWorld, collection: string, doc: Doc): void {
  attempt(() => world.chain.writeAtCloud(collection, doc))
}

function newOrder(world: TruthWorld, branchId: string): Doc {
  const number = world.count()
  const facts = { id: `o${number}`, branchId, number: String(number), placedAt: world.at(), status: 'paid', round: 1 }
  return { ...facts, lines: [], total: 100, currency: 'CNY' }
}

function one(world: TruthWorld, at: SimulatedBranch, collection: string, pick: number): Doc | undefined {
  if (!world.isOn(at)) return undefined
  const found = at.branch.replica.store.table(collection).select('deleted = 0', 'ORDER BY id', [])
  return found[pick % Math.max(1, found.length)]
}

type AnyStore = SimulatedBranch['branch']['replica']['store']

/** As an older version or a bug may have left it: nothing of today would have written it. */
function poison(store: AnyStore, collection: string, doc: Doc): void {
  const table = store.table(collection)
  const known = table.get(doc['id'] as string)
  store.transaction('test', (context) =>
    table.put(context, withLocalFields(doc, known, store.epoch), { state: store.pendingState, origin: '' }),
  )
}

/** Somebody corrects what is wrong in the documents. */
export function cure(world: TruthWorld, at: SimulatedBranch): void {
  const { store: ours } = at.branch.replica
  const { store: theirs } = world.chain.cloud.replica
  for (const [store, put] of [
    [ours, (doc: Doc) => write(world, at, 'orders', doc)],
    [theirs, (doc: Doc) => writeAtCloud(world, 'orders', doc)],
  ] as const) {
    for (const doc of store.table('orders').select('deleted = 0', 'ORDER BY id', [])) {
      if (typeof doc['total'] !== 'number') put({ id: doc['id'], total: 100 + world.count() })
    }
  }
}

function setSync(world: TruthWorld, at: SimulatedBranch, action: 'on' | 'off' | 'set', change = {}): void {
  // Its answer waits for a cycle, and time stands still meanwhile.
  if (world.isOn(at)) void world.operationsOf(at).setSync(action, change)
}

/** A person says which PC is the branch, where two have been heard. */
export async function keepOne(world: TruthWorld, { id }: SimulatedBranch): Promise<void> {
  const { chain, operations } = world
  const { links } = chain.cloud
  if (!links.isSuspected(id)) return
  const heard = new Map(links.starts(id).map((start) => [start.epoch, start.isSuspect]))
  const [kept] = chain.pcsOf(id).filter((at) => heard.get(at.branch.replica.store.epoch) === true)
  if (!kept) return
  operations.lifecycle.keep(id, kept.branch.replica.store.epoch, false)
  for (const other of chain.pcsOf(id)) if (other !== kept) await world.remove(other)
}

/** Somebody changes a store's file while its node is stopped: a row with or without what is kept of it, or only that. */
async function tamper(world: TruthWorld, at: SimulatedBranch, { amount }: Step): Promise<void> {
  const kind = (['row', 'digest', 'row-and-digest'] as const)[amount % 3]!
  const change = (file: string) => {
    const db = new Database(file)
    try {
      const sql = 'SELECT number FROM storage_key WHERE database = ? AND collection = ?'
      const key = db.prepare(sql).pluck().get(REPLICATED_DATABASE, 'orders') as number
      const found = `SELECT id, doc, scope FROM documents_${key} WHERE deleted = 0 AND scope = ? LIMIT 1`
      const row = db.prepare(found).get(at.id) as { id: string; doc: string; scope: string } | undefined
      if (!row) return
      if (kind !== 'digest') {
        const doc = { ...(JSON.parse(row.doc) as Doc), note: `tampered ${world.count()}` }
        db.prepare(`UPDATE documents_${key} SET doc = ? WHERE id = ?`).run(JSON.stringify(doc), row.id)
      }
      const spoil = `UPDATE digest SET sum = sum + ? WHERE key_number = ? AND scope = ? AND documents > 0`
      if (kind !== 'row') db.prepare(spoil).run(world.count(), key, at.id)
      world.tampered.push({ branchId: at.id, kind, key: `orders/${row.id}` })
    } finally {
      db.close()
    }
  }
  if (amount % 2 === 0) world.chain.restartCloud(() => change(world.chain.cloudFile))
  else await world.begin(at, () => world.chain.restart(at, () => change(at.file)))
}
