/** Notes what really happens in a chain, and compares with it what headquarters, its page, the branches and alerts claim. */
import type { ExchangeKind } from '../../adapters/synclog/exchange-load.ts'
import { chainBacklog, countStandings, type BranchItem } from '../../cloud-node/web/health/branch-items.ts'
import { CLOCK_OFFSET_MS, LINK_LOST_MS } from '../../schemas/branch-standing.ts'
import { FRESH_MS } from '../../schemas/fresh-verdict.ts'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import type { BranchRow, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { SimulatedBranch } from '../support/simulated-chain.ts'
import { AlertChecker } from './alert-checker.ts'
import { REAL_CLAIMERS, type Claimers } from './claimers.ts'
import {
  branchDocument,
  differences,
  exceptionsIn,
  holdingOf,
  isInScope,
  pendingIn,
  suspectsOf,
  TRAVEL_MS,
  type Contact,
  type Held,
} from './facts.ts'
import type { Greeted, Witness } from './lines.ts'
import type { TruthWorld } from './truth-world.ts'

/** How long a page shows what it heard without noticing that nothing comes any more. */
const PAGE_AGES_MS = [5000, 15_000] as const
/** As often as headquarters looks at its alerts by itself. */
const EVALUATED_MS = 5000

export class TruthChecker implements Witness {
  readonly wrong: string[] = []
  /** Claims that were compared. */
  claims = 0
  readonly #world: TruthWorld
  readonly #claimers: Claimers
  #contacts = new Map<string, Contact>()
  #copied = new Map<string, Contact>()
  /** By PC: the last heartbeat whose answer it heard, and when. */
  readonly #heard = new WeakMap<object, { readonly contact: Contact; readonly atMs: number }>()
  /** By PC: when it was last told that something waits. */
  readonly #nudged = new WeakMap<object, number>()
  readonly #alerts: AlertChecker
  readonly #pendingSince = new WeakMap<object, Map<number, number>>()
  #evaluatedMs = 0
  #held: { readonly atMs: number; readonly cloud: CloudNodeStatus }[] = []

  constructor(world: TruthWorld, claimers: Claimers = REAL_CLAIMERS) {
    this.#world = world
    this.#claimers = claimers
    this.#alerts = new AlertChecker(world)
  }

  // --- what happens ---------------------------------------------------------------------------------------------------

  greets(at: SimulatedBranch, request: HeartbeatRequest): Greeted {
    const { time, chain, osOffsets } = this.#world
    const { store } = at.branch.replica
    const holding = holdingOf(store)
    const own = exceptionsIn(store)
    const sentMs = time.nowMs
    const pending = pendingIn(holding)
    const { backlog, exceptions } = request.figures
    this.#compare(`${at.id} reports a backlog`, backlog.documents, pending.length)
    this.#compare(`${at.id} reports exceptions`, exceptions, own.parked)
    const nodeMs = at.branch.replica.clock.wallMs()
    this.#checkOldest(at, `${at.id} reports its oldest pending document`, backlog.oldestSince, pending, nodeMs)
    const { branch } = at
    let contact: Contact | undefined
    return {
      answered: (answer) => {
        if (answer.knowsStart !== true) return
        const theirs = chain.cloud.replica.store
        const there = exceptionsIn(theirs, at.id)
        const except = new Set([...own.parkedKeys, ...there.parkedKeys, ...this.#excused(at.id)])
        contact = {
          sentMs,
          atMs: time.nowMs,
          seq: theirs.head().seq,
          request: structuredClone(request),
          verdict: answer.verdict,
          different: differences(holding, holdingOf(theirs), at.id, except),
          isTampered: this.#world.tampered.some(({ branchId }) => branchId === at.id),
          pending: pending.length,
          parked: own.parked,
          waiting: own.waiting,
          offsetMs: osOffsets.get(at.id) ?? 0,
        }
        this.#contacts.set(at.id, contact)
      },
      heard: () => {
        if (contact) this.#heard.set(branch, { contact, atMs: time.nowMs })
        else this.#heard.delete(branch)
      },
    }
  }

  exchanged(at: SimulatedBranch, _kind: ExchangeKind, failure: ErrorCode | undefined): void {
    this.#alerts.exchanged(at.id, failure !== undefined)
  }

  nudged(at: SimulatedBranch, priority: number): void {
    if (priority > 0) this.#nudged.set(at.branch, this.#world.time.nowMs)
  }

  opened(): void {
    this.#alerts.opened()
    this.#held = []
  }

  copied(): void {
    this.#copied = new Map(this.#contacts)
  }

  wentBack(): void {
    this.#contacts = new Map(this.#copied)
  }

  // --- what is claimed ------------------------------------------------------------------------------------------------

  /** Compares everything that is claimed at this moment. */
  check(): void {
    const { alerts, time, chain } = this.#world
    const isDue = time.nowMs - this.#evaluatedMs >= EVALUATED_MS
    if (isDue) {
      this.#evaluatedMs = time.nowMs
      alerts.evaluate()
    }
    const status = this.#claimers.cloudStatus(this.#world)
    const nowMs = Date.parse(status.time)
    this.#checkCloud(status)
    const items = this.#itemsOf(status.branches, nowMs)
    for (const item of items) this.#checkRow(item, nowMs)
    this.#checkTally(items)
    this.#checkOldPages()
    this.#held = [...this.#held.slice(-8), { atMs: time.nowMs, cloud: status }]
    for (const at of chain.branches) if (this.#world.isOn(at)) this.#checkBranch(at)
    if (isDue) this.#noteAlerts(status)
  }

  #noteAlerts(status: CloudNodeStatus): void {
    const { claims, wrong } = this.#alerts.check(status, this.#contacts)
    this.claims += claims
    for (const what of wrong) this.#say(what)
  }

  #checkCloud(status: CloudNodeStatus): void {
    const { store } = this.#world.chain.cloud.replica
    const holding = [...holdingOf(store).values()]
    for (const [name, { documents }] of Object.entries(status.collections)) {
      const live = holding.filter(({ collection, isLive }) => collection === name && isLive)
      this.#compare(`headquarters counts ${name}`, documents, live.length)
    }
    this.#compare('headquarters counts exceptions', status.exceptions, exceptionsIn(store).parked)
  }

  #itemsOf(rows: readonly BranchRow[], nowMs: number, current = true): BranchItem[] {
    return this.#claimers.branchItems(rows, { nowMs, current, figures: undefined })
  }

  /** The first line of the page. */
  #checkTally(items: readonly BranchItem[]): void {
    const equal = items.filter(({ row: { id } }) => {
      const contact = this.#contacts.get(id)
      return contact && contact.different.length + contact.pending === 0
    })
    const inSync = countStandings(items).get('in-sync')!
    this.#expect(`the page calls ${inSync} branches in sync`, inSync <= equal.length, `${equal.length} are equal`)
    const expected = items.filter(({ row }) => row.enabled && row.retired !== true)
    const pending = expected.reduce((sum, { row }) => sum + (this.#contacts.get(row.id)?.pending ?? 0), 0)
    this.#compare("the page shows the chain's backlog", chainBacklog(items).documents, pending)
  }

  #checkRow({ row, standing }: BranchItem, nowMs: number): void {
    const { id, reported } = row
    const contact = this.#contacts.get(id)
    const shown = this.#claimers.shownVerdict(row.verdict, nowMs, true).state
    const { enabled, retired } = branchDocument(this.#world.chain.cloud.replica.store, id)
    const isOff = enabled !== true || retired === true
    this.#expect(
      `the page calls ${id} ${standing}`,
      (standing === 'off') === isOff,
      `enabled ${String(enabled)}, retired ${String(retired)}`,
    )
    const heardAt = row.lastHeartbeatAt === undefined ? undefined : Date.parse(row.lastHeartbeatAt)
    this.#compare(`headquarters heard ${id}`, heardAt, contact?.atMs)
    if (!contact) return
    this.#compare(`the backlog that ${id} reported`, reported?.backlog.documents, contact.pending)
    this.#compare(`the exceptions that ${id} reported`, reported?.exceptions, contact.parked)
    this.#checkOffset(row, contact)
    const news = this.#newsFor(id, contact)
    this.#compare(`what waits at headquarters for ${id}`, row.toFetch, news.length)
    if (shown === 'in-sync' || standing === 'in-sync') {
      this.#checkInSync(`headquarters calls ${id} in sync`, contact, contact.atMs)
      const unknown = this.#changedSince(id, contact)
      const said = `it has ${unknown.length} newer documents: ${unknown.slice(0, 3).join(', ')}`
      this.#expect(`headquarters calls ${id} in sync`, unknown.length === 0, said)
    }
    if (standing === 'in-sync') {
      // The first heartbeat of a start does not know yet how wrong the clock is.
      const offMs = Math.abs(contact.request.figures.clockOffsetMs === undefined ? 0 : contact.offsetMs)
      const isWell =
        contact.parked === 0 &&
        suspectsOf(this.#world.chain.cloud.replica.store, id) === 0 &&
        offMs <= CLOCK_OFFSET_MS + TRAVEL_MS
      this.#expect(`the page calls ${id} in sync`, isWell, `it has ${contact.parked} exceptions, ${offMs} ms off`)
    }
    if (row.verdict.state === 'differs') {
      const isSo = contact.different.length > 0 || contact.isTampered
      this.#expect(`headquarters says that ${id} differs`, isSo, 'it did not when it was heard')
    }
    if (row.verdict.state === 'behind') {
      const isSo = contact.pending > 0 || news.length > 0 || contact.verdict.state === 'behind'
      this.#expect(`headquarters says that ${id} is behind`, isSo, 'nothing waits')
    }
    this.#checkSilence(row, standing, contact, nowMs)
  }

  #checkInSync(claim: string, contact: Contact, heardMs: number): void {
    const ageMs = this.#world.time.nowMs - heardMs
    this.#expect(claim, ageMs <= FRESH_MS, `nothing was heard for ${ageMs} ms`)
    this.#expect(claim, contact.request.digests !== undefined, 'nothing was compared when it was heard')
    const { different, pending, waiting } = contact
    this.#expect(
      claim,
      different.length === 0,
      `${different.length} documents differed: ${different.slice(0, 3).join()}`,
    )
    this.#expect(claim, pending === 0, `${pending} documents waited at the branch`)
    this.#expect(claim, waiting === 0, `${waiting} documents were to be asked for again`)
  }

  #checkSilence(row: BranchRow, standing: string, contact: Contact, nowMs: number): void {
    const { id, link } = row
    const ageMs = this.#world.time.nowMs - contact.atMs
    const mayBeSilent = standing === 'silent' || standing === 'off' || standing === 'trouble'
    if (ageMs > FRESH_MS) this.#expect(`the page calls ${id} ${standing}`, mayBeSilent, `unheard for ${ageMs} ms`)
    if (standing !== 'silent' || ageMs > FRESH_MS) return
    const lostMs = link?.state === 'lost' ? Date.parse(link.since) : undefined
    const isLost = lostMs !== undefined && nowMs - lostMs > LINK_LOST_MS && contact.atMs <= lostMs
    this.#expect(
      `the page calls ${id} silent`,
      isLost,
      `it was heard ${ageMs} ms ago, and its stream is ${link?.state}`,
    )
    const isOpen = this.#world.chain.pcsOf(id).some((at) => this.#world.streams.isOpen(at) && !this.#isCut(at))
    this.#expect(`the page calls ${id} silent`, !isOpen, 'its stream is open')
  }

  #checkOffset({ id, reported }: BranchRow, contact: Contact): void {
    const { clockOffsetMs } = reported ?? {}
    if (clockOffsetMs === undefined) return
    const isNear = Math.abs(clockOffsetMs - contact.offsetMs) <= TRAVEL_MS
    this.#expect(`the clock of ${id} is called ${clockOffsetMs} ms off`, isNear, `it is ${contact.offsetMs}`)
  }

  /** A page whose stream has died without a word shows what it heard last. */
  #checkOldPages(): void {
    const nowMs = this.#world.time.nowMs
    for (const { atMs, cloud } of this.#held) {
      const ageMs = nowMs - atMs
      if (ageMs > 2 * FRESH_MS) continue
      const pageMs = Date.parse(cloud.time) + ageMs
      for (const { row, standing } of this.#itemsOf(cloud.branches, pageMs)) {
        if (standing !== 'in-sync') continue
        const checkedMs = Date.parse(row.verdict.checkedAt ?? '')
        const isFresh = nowMs - checkedMs <= FRESH_MS
        this.#expect(`an old page calls ${row.id} in sync`, isFresh, `it was checked ${nowMs - checkedMs} ms ago`)
      }
      const broken = this.#itemsOf(cloud.branches, pageMs, false)
      const called = broken.filter(({ standing }) => standing === 'in-sync').length
      this.#expect(`a page whose stream has ended calls ${called} in sync`, called === 0, 'it hears nothing')
    }
  }

  #checkBranch(at: SimulatedBranch): void {
    const status = this.#claimers.branchStatus(this.#world, at)
    const { store } = at.branch.replica
    const { sync, backlog, exceptions } = status
    const pending = pendingIn(holdingOf(store))
    this.#compare(`${at.id} shows a backlog`, backlog.documents, pending.length)
    this.#checkOldest(
      at,
      `${at.id} shows its oldest pending document`,
      backlog.oldestSince,
      pending,
      Date.parse(status.time),
    )
    this.#compare(`${at.id} shows exceptions`, exceptions, exceptionsIn(store).parked)
    const link = { reachable: true, unsent: {}, refused: [] }
    const nodeMs = Date.parse(status.time)
    const isGood = this.#claimers.syncSummary(link, status, nodeMs) === 'good'
    const isUp = sync.enabled && !sync.refused && !sync.lastError
    const shown = this.#claimers.shownVerdict(sync.verdict, nodeMs, true).state
    const heard = this.#heard.get(at.branch)
    for (const ageMs of PAGE_AGES_MS) {
      if (this.#claimers.syncSummary(link, status, nodeMs + ageMs) !== 'good' || !heard) continue
      const oldMs = this.#world.time.nowMs + ageMs - heard.atMs
      this.#expect(`an old strip of ${at.id} says in sync`, oldMs <= FRESH_MS, `nothing was heard for ${oldMs} ms`)
    }
    if (!isGood && !(isUp && shown === 'in-sync')) return
    const claim = `${at.id} says that it is in sync`
    if (!heard) {
      this.#expect(claim, false, 'it has heard nothing')
      return
    }
    this.#checkInSync(claim, heard.contact, heard.atMs)
    this.#expect(claim, pending.length === 0, `${pending.length} documents wait`)
    const told = this.#nudged.get(at.branch) ?? 0
    this.#expect(claim, told <= heard.contact.sentMs, 'it was told that something waits at headquarters')
  }

  /** @param nodeMs the node's time, which may be wrong until headquarters has told it */
  #checkOldest(
    at: SimulatedBranch,
    claim: string,
    claimed: string | undefined,
    pending: readonly Held[],
    nodeMs: number,
  ): void {
    const { time } = this.#world
    let since = this.#pendingSince.get(at.branch)
    if (!since) this.#pendingSince.set(at.branch, (since = new Map()))
    // Nobody was there to see when it became pending in an earlier start.
    for (const { pending: seq } of pending) if (!since.has(seq)) since.set(seq, time.nowMs)
    if (claimed === undefined) return
    const latestMs = Math.max(...pending.map(({ pending: seq }) => since.get(seq)!), nodeMs)
    const isPossible = Date.parse(claimed) <= latestMs + TRAVEL_MS
    this.#expect(claim, isPossible, `${claimed} is later than it can be, ${new Date(latestMs).toISOString()}`)
  }

  // --- what is so -----------------------------------------------------------------------------------------------------

  /** Standings that are not well, and of which nothing is the matter. */
  unexplained(): string[] {
    const status = this.#claimers.cloudStatus(this.#world)
    return this.#itemsOf(status.branches, Date.parse(status.time)).flatMap(({ row, standing }) => {
      if (standing === 'in-sync' || standing === 'off') return []
      const { id } = row
      const contact = this.#contacts.get(id)
      const reasons = [
        suspectsOf(this.#world.chain.cloud.replica.store, id) > 0 && this.#world.chain.pcsOf(id).length > 1,
        (contact?.parked ?? 0) > 0,
        contact?.verdict.state === 'differs' && contact.isTampered,
        Math.abs(contact?.offsetMs ?? 0) > CLOCK_OFFSET_MS,
      ]
      return standing === 'trouble' && reasons.includes(true)
        ? []
        : [`${id} is called ${standing}, and nothing is the matter`]
    })
  }

  /** What somebody changed in a row without a trace is found once the row is written again. */
  #excused(branchId: string): string[] {
    return this.#world.tampered.flatMap((one) => (one.branchId === branchId && one.kind === 'row' ? [one.key] : []))
  }

  #newsFor(branchId: string, { request }: Contact): Held[] {
    const { positions, collections } = request
    return [...holdingOf(this.#world.chain.cloud.replica.store).values()].filter((held) => {
      const { collection, syncClass, seq, origin } = held
      if (!isInScope(held, branchId) || !collections.includes(collection)) return false
      const position = positions[syncClass]
      if (!position) return true
      return seq > position.seq && (position.loading === true || origin !== branchId)
    })
  }

  /** What headquarters has written, or heard of others, since it heard of a branch. */
  #changedSince(branchId: string, { seq }: Contact): string[] {
    return [...holdingOf(this.#world.chain.cloud.replica.store)].flatMap(([key, held]) =>
      held.seq > seq && held.origin !== branchId && isInScope(held, branchId) ? [key] : [],
    )
  }

  #isCut(at: SimulatedBranch): boolean {
    return this.#world.lineOf(at).isCut
  }

  // --- findings -------------------------------------------------------------------------------------------------------

  #compare(claim: string, claimed: unknown, is: unknown): void {
    this.#expect(`${claim}: ${String(claimed)}`, claimed === is, `it is ${String(is)}`)
  }

  #expect(claim: string, isSo: boolean, fact: string): void {
    this.claims += 1
    if (!isSo) this.#say(`${claim}, but ${fact}`)
  }

  #say(what: string): void {
    this.wrong.push(`at ${this.#world.at()}: ${what}`)
  }
}
