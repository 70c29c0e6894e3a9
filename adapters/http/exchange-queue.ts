/**
 * The queue in front of exchanges. The store works on one at a time; what is bounded here is what waits for it: places,
 * bytes of bodies, bytes of answers that nobody takes. A branch has one place and goes to the end after its turn, so that
 * none has a second turn while others wait. Between two turns the event loop serves everything else.
 */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { aheadOf, mayEnter, placesFor, retryAfter, type Crowd } from './queue-places.ts'

export interface QueueLimits {
  readonly places: number
  /** Of all bodies that are in memory; requests wait before their bodies are read while it would be exceeded. */
  readonly bodyBytes: number
  /** Of all answers that are being sent. */
  readonly answerBytes: number
}

/** What part of all bodies a small one is at most: 128 KiB. */
const SMALL_SHARE = 256
const LIMITS: QueueLimits = { places: 256, bodyBytes: 32 * 2 ** 20, answerBytes: 32 * 2 ** 20 }

/** A request's place; `leave` it, whatever happens. */
export interface Place {
  /** Waits until a body of that size may be read. @returns false where the client has gone */
  room(bytes: number): Promise<boolean>
  /** Counts a part of the body. @throws OutpostError TOO_BUSY where bodies turn out far larger than was expected */
  readonly count: (bytes: number) => void
  /** Does the work when it is this one's turn. @returns the answer; `undefined` where the client has gone */
  turn(work: () => string): Promise<string | undefined>
  /** How long it has waited for others so far, ms. */
  readonly waitedMs: () => number
  readonly leave: () => void
}

interface Waiting {
  readonly branchId: string
  readonly abandon: () => void
  hasLeft: boolean
  /** Its body is here and its turn not over. */
  isReady: boolean
  /** Of the body: expected, until more have come. */
  reserved: number
  read: number
  answer: number
  waitedMs: number
}

export class TooBusy extends OutpostError {
  override readonly retryAfterS: number

  constructor(message: string, retryAfterS: number) {
    super('TOO_BUSY', message)
    this.retryAfterS = retryAfterS
  }
}

export class ExchangeQueue {
  readonly #limits: QueueLimits
  readonly #random: () => number
  readonly #inside = new Map<string, Waiting>()
  /** By branch: until when it is expected back, by `performance.now()`. */
  readonly #sentAway = new Map<string, number>()
  /** Those before their bodies, and those that are ready; first come, first served. */
  readonly #beforeBody: { readonly waiting: Waiting; readonly bytes: number; readonly go: () => void }[] = []
  readonly #ready: (() => void)[] = []
  #bodyBytes = 0
  #answerBytes = 0
  #turnMs = 10
  #isScheduled = false

  constructor(limits: QueueLimits = LIMITS, random: () => number = Math.random) {
    this.#limits = limits
    this.#random = random
  }

  /**
   * @param abandon ends a request whose body is still coming, or whose answer is still being sent, when its branch asks
   *   again: a branch does one thing at a time, so it has given the earlier one up
   * @throws TooBusy
   */
  enter(branchId: string, abandon: () => void): Place {
    this.#forgetLost()
    const earlier = this.#inside.get(branchId)
    if (earlier && !earlier.isReady) {
      this.#leave(earlier)
      earlier.abandon()
    }
    const crowd = this.#crowdAround(branchId)
    if (!mayEnter(crowd, placesFor(this.#turnMs, this.#limits.places))) throw this.#sendAway(branchId, crowd)
    this.#sentAway.delete(branchId)
    const nothing = { hasLeft: false, isReady: false, reserved: 0, read: 0, answer: 0, waitedMs: 0 }
    const waiting: Waiting = { branchId, abandon, ...nothing }
    this.#inside.set(branchId, waiting)
    return {
      room: (bytes) => this.#room(waiting, bytes),
      count: (bytes) => this.#count(waiting, bytes),
      turn: (work) => this.#turn(waiting, work),
      waitedMs: () => waiting.waitedMs,
      leave: () => this.#leave(waiting),
    }
  }

  /** What is in memory now. */
  held(): { readonly places: number; readonly bodyBytes: number; readonly answerBytes: number } {
    return { places: this.#inside.size, bodyBytes: this.#bodyBytes, answerBytes: this.#answerBytes }
  }

  #crowdAround(branchId: string): Crowd {
    return {
      inside: this.#inside.size,
      isInside: this.#inside.has(branchId),
      outside: this.#sentAway.size,
      rank: this.#rankOf(branchId),
    }
  }

  #sendAway(branchId: string, crowd: Crowd): TooBusy {
    const { isInside } = crowd
    const ahead = aheadOf(crowd)
    const seconds = retryAfter(ahead, this.#turnMs, this.#random())
    if (!isInside) this.#sentAway.set(branchId, performance.now() + seconds * 1000 + GRACE_MS)
    const why = isInside ? 'a request of this branch is being worked on' : 'too many branches want something at once'
    return new TooBusy(`${why}; try again in ${seconds} s`, seconds)
  }

  /** A map keeps the order in which branches were first sent away. */
  #rankOf(branchId: string): number | undefined {
    const rank = Array.from(this.#sentAway.keys()).indexOf(branchId)
    return rank < 0 ? undefined : rank
  }

  #forgetLost(): void {
    const now = performance.now()
    for (const [branchId, until] of this.#sentAway) if (until < now) this.#sentAway.delete(branchId)
  }

  #room(waiting: Waiting, bytes: number): Promise<boolean> {
    // A small one never waits behind large ones that do not come; places bound how many there are.
    if (bytes <= this.#limits.bodyBytes / SMALL_SHARE) {
      this.#reserve(waiting, bytes)
      return Promise.resolve(!waiting.hasLeft)
    }
    const since = performance.now()
    return new Promise((resolve) => {
      const go = () => {
        waiting.waitedMs += performance.now() - since
        if (!waiting.hasLeft) this.#reserve(waiting, bytes)
        resolve(!waiting.hasLeft)
      }
      this.#beforeBody.push({ waiting, bytes, go })
      this.#letIn()
    })
  }

  #letIn(): void {
    for (let next = this.#beforeBody[0]; next; next = this.#beforeBody[0]) {
      const isFull = this.#bodyBytes > 0 && this.#bodyBytes + next.bytes > this.#limits.bodyBytes
      if (isFull && !next.waiting.hasLeft) return
      this.#beforeBody.shift()
      next.go()
    }
  }

  #count(waiting: Waiting, bytes: number): void {
    waiting.read += bytes
    if (waiting.hasLeft || waiting.read <= waiting.reserved) return
    if (this.#bodyBytes + waiting.read - waiting.reserved > 2 * this.#limits.bodyBytes) {
      throw this.#sendAway(waiting.branchId, { ...this.#crowdAround(waiting.branchId), isInside: false })
    }
    this.#reserve(waiting, waiting.read)
  }

  #turn(waiting: Waiting, work: () => string): Promise<string | undefined> {
    if (waiting.hasLeft) return Promise.resolve(undefined)
    waiting.isReady = true
    this.#reserve(waiting, waiting.read)
    const since = performance.now()
    return new Promise((resolve, reject) => {
      const run = () => {
        if (waiting.hasLeft) return resolve(undefined)
        const from = performance.now()
        waiting.waitedMs += from - since
        try {
          const answer = work()
          waiting.answer = answer.length
          this.#answerBytes += answer.length
          resolve(answer)
        } catch (error) {
          reject(error)
        }
        waiting.isReady = false
        this.#turnMs += (performance.now() - from - this.#turnMs) / 16
        this.#reserve(waiting, 0)
      }
      this.#ready.push(run)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#ready.length === 0 || this.#answerBytes > this.#limits.answerBytes) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#ready.shift()?.()
      this.#letIn()
      this.#schedule()
    })
  }

  #leave(waiting: Waiting): void {
    if (waiting.hasLeft) return
    waiting.hasLeft = true
    this.#inside.delete(waiting.branchId)
    this.#reserve(waiting, 0)
    this.#answerBytes -= waiting.answer
    this.#letIn()
    this.#schedule()
  }

  #reserve(waiting: Waiting, bytes: number): void {
    this.#bodyBytes += bytes - waiting.reserved
    waiting.reserved = bytes
  }
}

/** Who was sent away and has not come by then has given up. */
const GRACE_MS = 5000
