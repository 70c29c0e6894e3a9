/**
 * How this device stands with its node, and who works at it. Whoever is logged in here may use the screens, with the node or
 * without; what the node does for people it does for whoever is logged in there, and asks for the PIN where nobody is.
 */
import { signal } from '@preact/signals'
import type { AccessFacts, PairingAnswer, StaffChoice, StaffIdentity } from '../../../schemas/protocol/staff.ts'
import { askNode, type AskNode, type NodeReply, type NodeRequest } from '../node/ask-node.ts'
import { knownStaff } from './known-staff.ts'
import { isOpen, parseRecord, touched, type LoginRecord } from './login-record.ts'
import { isPinOf } from './offline-verifier.ts'
import { parseWaits, withoutWait, withWait, type PinWaits } from './pin-waits.ts'
import { StaffVault } from './staff-vault.ts'
import { beginErasure, erasureTrouble, forgetLoss, wasErasedAsLost } from '../store/storage-erase.ts'

export type LoginOutcome =
  | { readonly kind: 'in'; readonly person: StaffIdentity }
  | { readonly kind: 'wrong' }
  /** `waits` says how long. */
  | { readonly kind: 'wait' }
  /** The node is away, and this device cannot check the person's PIN. */
  | { readonly kind: 'away' }
  | { readonly kind: 'unpaired' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

export interface Pairing {
  readonly code: string
  readonly name: string
  readonly manager?: { readonly name: string; readonly pin: string }
}

const RECORD = 'outpost.login'
const WAITS = 'outpost.pin-waits'
const LOOK_EVERY_MS = 5_000
const REFRESH_EVERY_MS = 60_000
const DOUBT_EVERY_MS = 3_000
/** Somebody stands at the till: a node that does not answer soon is away. */
const PATIENCE_MS = 4_000
/** With a node that was away a moment ago. */
const SHORT_PATIENCE_MS = 1_500

export class DeviceAccess {
  /** `undefined` until the node has said it. */
  readonly paired = signal<boolean | undefined>(undefined)
  readonly needsManager = signal(false)
  /** It was shut out as lost, and what was on it is deleted. */
  readonly lost = signal(wasErasedAsLost())
  /** Who may log in; `undefined` until somebody has said it. */
  readonly staff = signal<readonly StaffIdentity[] | undefined>(undefined)
  readonly deviceId = signal<string | undefined>(undefined)
  /** Who is logged in at this device. */
  readonly person = signal<StaffIdentity | undefined>(undefined)
  /** Who has to wait after wrong PINs. */
  readonly waits = signal<PinWaits>(parseWaits(localStorage.getItem(WAITS)))
  /** Something needs the PIN of whoever is logged in; tells whether it was given. */
  readonly pinWanted = signal<((given: boolean) => void) | undefined>(undefined)
  #record: LoginRecord | undefined
  /** Without it the tab keeps to itself. */
  #sharesRecord = true
  readonly #vault: Promise<StaffVault | undefined>
  /** Who is logged in at the node with this device's cookie, as far as this tab knows. */
  #atNode: string | undefined
  /** Whether the node did when it was last asked. */
  #answers = true
  #doubtedMs = -DOUBT_EVERY_MS
  #asking: Promise<boolean> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#vault = StaffVault.open().catch(() => undefined)
    this.#look()
    addEventListener('storage', ({ key, newValue }) => {
      if (key === WAITS) this.waits.value = parseWaits(newValue)
      if (key !== RECORD) return
      this.#atNode = undefined
      this.#readRecord()
      // Another tab may have learnt that nobody is let in any more, or has been paired.
      if (!this.#record || this.paired.value === false) void this.refresh()
    })
    for (const touch of ['pointerdown', 'keydown'] as const) addEventListener(touch, () => this.#touch(), true)
    document.addEventListener('visibilitychange', () => {
      this.#look()
      if (document.visibilityState === 'visible') this.#askIfShutOut()
    })
    setInterval(() => this.#look(), LOOK_EVERY_MS)
    setInterval(() => {
      if (this.paired.value !== false) void this.refresh()
    }, REFRESH_EVERY_MS)
    void this.#vault.then(async (vault) => {
      const kept = (await vault?.read()) ?? []
      if (kept.length > 0) this.staff.value ??= kept.map(withoutVerifier)
    })
  }

  /** Asks the node how things stand, and takes what it says; where it is away, nothing changes. @returns whether it answered */
  refresh(): Promise<boolean> {
    return this.#inTurn(async () => {
      const reply = await askNode<AccessFacts>({ method: 'GET', path: '/api/access', patienceMs: PATIENCE_MS })
      this.#answers = reply.kind === 'done'
      if (reply.kind !== 'done') return false
      await this.#takeFacts(reply.body)
      return true
    })
  }

  /** The node does not let this device in, or so it seems: asks it, unless it was just asked. */
  doubt(): void {
    if (this.paired.value !== false) this.#askSoon()
  }

  /** A device that was shut out asks for nothing by itself: only when somebody is there. */
  #askIfShutOut(): void {
    if (this.paired.value === false) this.#askSoon()
  }

  #askSoon(): void {
    if (performance.now() - this.#doubtedMs < DOUBT_EVERY_MS) return
    this.#doubtedMs = performance.now()
    void this.refresh()
  }

  async pair({ code, name, manager }: Pairing): Promise<NodeReply<PairingAnswer>> {
    const reply = await askNode<PairingAnswer>({
      method: 'POST',
      path: '/api/pairing',
      body: { code, name, ...(manager && { manager }) },
    })
    if (reply.kind === 'done') {
      await this.refresh()
      const first = manager && this.staff.value?.find(({ name }) => name === manager.name.trim())
      if (first) await this.login(first.id, manager.pin)
    }
    return reply
  }

  /** @param atNode the node has to know it: with it away, nobody is let in */
  login(staffId: string, pin: string, atNode = false): Promise<LoginOutcome> {
    return this.#inTurn(async () => {
      const said = await this.#pinAtNode('/api/staff/login', staffId, pin)
      if (said.kind === 'in') {
        this.#atNode = said.person.id
        // The node tells the verifiers now. A till that cannot keep them opens too.
        await this.#askStaff(this.#atNode).catch(() => undefined)
      }
      const outcome = said.kind === 'away' && !atNode ? await this.#pinHere(staffId, pin) : said
      if (outcome.kind === 'in') this.#begin(outcome.person)
      return outcome
    })
  }

  /**
   * Whether a PIN is a person's, while somebody else stays logged in: decided here, by what the node has told of it, and the
   * node is asked first for anything newer; by the node where this device cannot check the person's PIN.
   *
   * @param reachable whether the node is there, so that it is worth asking for anything newer
   */
  async checkPin(staffId: string, pin: string, reachable: boolean): Promise<LoginOutcome> {
    if (reachable) await this.refresh()
    return this.#inTurn(async () => {
      const outcome = await this.#pinHere(staffId, pin)
      return outcome.kind === 'away' ? this.#pinAtNode('/api/staff/check-pin', staffId, pin) : outcome
    })
  }

  lock(): void {
    this.#write(undefined)
    this.pinWanted.value?.(false)
    if (this.#atNode !== undefined) void this.#inTurn(() => this.#logOut())
  }

  /** Asks the node for something that it does for whoever is logged in, and for the PIN where it has to be said again. */
  readonly ask: AskNode = async <T>(request: NodeRequest): Promise<NodeReply<T>> => {
    const person = this.person.value
    if (!person) return LOGIN_NEEDED
    // The cookie may be of somebody who locked the device while the node was away.
    if (this.#atNode !== person.id && !(await this.refresh())) return { kind: 'unreachable' }
    if (this.#atNode === person.id) {
      const reply = await askNode<T>(request)
      if (reply.kind !== 'refused' || reply.status !== 401) return reply
      await this.refresh()
    }
    if (!this.person.value || this.paired.value === false) return LOGIN_NEEDED
    return (await this.#askPin()) ? askNode<T>(request) : LOGIN_NEEDED
  }

  #askPin(): Promise<boolean> {
    this.#asking ??= new Promise<boolean>((resolve) => (this.pinWanted.value = resolve)).finally(() => {
      this.pinWanted.value = undefined
      this.#asking = undefined
    })
    return this.#asking
  }

  /** `away` where the node says nothing of the PIN. */
  async #pinAtNode(path: string, staffId: string, pin: string): Promise<LoginOutcome> {
    const reply = await askNode<{ staff: StaffIdentity }>({
      method: 'POST',
      path,
      body: { staffId, pin },
      patienceMs: this.#answers ? PATIENCE_MS : SHORT_PATIENCE_MS,
    })
    if (reply.kind === 'done') {
      this.#endWait(staffId)
      return { kind: 'in', person: reply.body.staff }
    }
    // A node whose disk is full cannot count a try, nor begin a login; the till must open.
    if (reply.kind !== 'refused' || reply.status >= 500) return { kind: 'away' }
    if (reply.code === 'LOGIN_FAILED') return { kind: 'wrong' }
    if (reply.status === 429) return this.#wait(staffId, reply.retryAfterS ?? 60)
    if (reply.status === 401) {
      await this.#noteUnpaired()
      return { kind: 'unpaired' }
    }
    return { kind: 'failed', code: reply.code, message: reply.message }
  }

  /** `away` where this device cannot tell: it keeps nothing, or was not told of this PIN yet. */
  async #pinHere(staffId: string, pin: string): Promise<LoginOutcome> {
    const vault = await this.#vault
    const known = (await vault?.read())?.find(({ id }) => id === staffId)
    if (!vault || known?.verifier === undefined) return { kind: 'away' }
    const waitMs = await vault.beginTry(staffId, Date.now())
    if (waitMs > 0) return this.#wait(staffId, Math.ceil(waitMs / 1000))
    if (!(await isPinOf(known.verifier, pin))) return { kind: 'wrong' }
    await vault.clearTries(staffId)
    this.#endWait(staffId)
    return { kind: 'in', person: withoutVerifier(known) }
  }

  async #takeFacts(facts: AccessFacts): Promise<void> {
    this.needsManager.value = facts.needsManager
    // Whoever is logged in, and also where nobody is: nothing of the branch stays on a device that somebody found or took.
    // Where the browser just failed, the next start tries again: at once it would load anew for ever.
    const isToErase = facts.lost === true && !this.lost.value && erasureTrouble.value !== 'failed'
    if (isToErase) return beginErasure('lost')
    if (!facts.paired) return this.#noteUnpaired()
    forgetLoss()
    this.lost.value = false
    this.paired.value = true
    this.deviceId.value = facts.device?.id
    await this.#askStaff(facts.staff?.id)
    this.#readRecord()
    this.#atNode = facts.staff?.id
    // Somebody locked the device while the node was away.
    if (facts.staff && facts.staff.id !== this.person.value?.id) await this.#logOut()
  }

  /** @param atNode who is logged in there */
  async #askStaff(atNode: string | undefined): Promise<void> {
    const reply = await askNode<StaffChoice[]>({ method: 'GET', path: '/api/staff', patienceMs: PATIENCE_MS })
    if (reply.kind === 'done') await this.#takeStaff(reply.body, atNode)
  }

  /** Who was closed, or has another PIN by now, is out. */
  async #takeStaff(told: readonly StaffChoice[], atNode: string | undefined): Promise<void> {
    const vault = await this.#vault
    const former = (await vault?.read()) ?? []
    const staff = knownStaff(told, former)
    // Some browsers keep no keys in a private window. Nobody is let in by what was told before, either.
    if (JSON.stringify(former) !== JSON.stringify(staff)) await vault?.keep(staff).catch(() => vault.forget())
    this.staff.value = staff.map(withoutVerifier)
    for (const { id, pinVersion } of former) {
      if (staff.find((known) => known.id === id)?.pinVersion !== pinVersion) this.#endWait(id)
    }
    const record = this.#record
    if (!record) return
    const known = staff.find(({ id }) => id === record.id)
    const before = former.find(({ id }) => id === record.id)
    const hasNewPin = before !== undefined && before.pinVersion !== known?.pinVersion
    if (!known || (hasNewPin && atNode !== record.id)) this.#write(undefined)
    else if (known.role !== record.role || known.name !== record.name) {
      this.#write({ ...record, name: known.name, role: known.role })
    }
  }

  /** Nobody logs in any more until it is paired again; what it has not sent stays. */
  async #noteUnpaired(): Promise<void> {
    this.paired.value = false
    this.#atNode = undefined
    this.#write(undefined)
    this.staff.value = undefined
    await (await this.#vault)?.forget()
  }

  async #logOut(): Promise<void> {
    // Where it does not answer, what is asked next finds out who is logged in there.
    this.#atNode = undefined
    await askNode({ method: 'POST', path: '/api/staff/logout', body: {}, patienceMs: PATIENCE_MS })
  }

  #begin(person: StaffIdentity): void {
    const nowMs = Date.now()
    const { id, name, role } = person
    this.#endWait(id)
    this.#write({ id, name, role, sinceMs: nowMs, touchedMs: nowMs })
  }

  #wait(staffId: string, seconds: number): LoginOutcome {
    this.#keepWaits(withWait(this.waits.value, staffId, seconds, Date.now()))
    return { kind: 'wait' }
  }

  #endWait(staffId: string): void {
    if (this.waits.value[staffId]) this.#keepWaits(withoutWait(this.waits.value, staffId))
  }

  #keepWaits(waits: PinWaits): void {
    this.waits.value = waits
    try {
      localStorage.setItem(WAITS, JSON.stringify(waits))
    } catch {
      // Whoever checks the PIN says it again after a reload.
    }
  }

  #touch(): void {
    this.#look()
    this.#askIfShutOut()
    if (!this.#record) return
    const next = touched(this.#record, Date.now())
    if (next !== this.#record) this.#write(next)
  }

  #look(): void {
    this.#readRecord()
    if (this.#record && !isOpen(this.#record, Date.now())) this.lock()
  }

  #readRecord(): void {
    if (this.#sharesRecord) this.#setRecord(parseRecord(localStorage.getItem(RECORD)))
  }

  #write(record: LoginRecord | undefined): void {
    this.#setRecord(record)
    try {
      if (record) localStorage.setItem(RECORD, JSON.stringify(record))
      else localStorage.removeItem(RECORD)
    } catch {
      this.#sharesRecord = false
    }
  }

  /** Every touch changes the record; who it is seldom changes. */
  #setRecord(record: LoginRecord | undefined): void {
    this.#record = record
    const person = record && { id: record.id, name: record.name, role: record.role }
    if (JSON.stringify(person) !== JSON.stringify(this.person.value)) this.person.value = person
  }

  /** What asks the node who is logged in, and what changes it, come one after another, over all tabs of the device. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => (navigator.locks ? navigator.locks.request('outpost-access', work) : work()))
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

const LOGIN_NEEDED = { kind: 'refused', status: 401, code: 'LOGIN_NEEDED', message: '' } as const

function withoutVerifier({ id, name, role }: StaffChoice): StaffIdentity {
  return { id, name, role }
}
