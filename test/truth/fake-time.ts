/**
 * Time that passes when it is told to: what asks for the time, or to be called later, in the whole process is served from
 * here while it is installed. One timer fires after the other, each once everybody has finished what the one before began.
 */

interface Timer {
  readonly call: () => void
  readonly everyMs: number | undefined
  atMs: number
}

/** What a timer is called by; Node's have these too. */
class Handle {
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return false
  }
}

export class FakeTime {
  /** ms since 1970. */
  nowMs: number
  readonly #timers = new Map<Handle, Timer>()

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** @returns what brings the true time back */
  install(): () => void {
    const kept = {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setInterval: globalThis.setInterval,
      clearInterval: globalThis.clearInterval,
      Date: globalThis.Date,
    }
    const now = performance.now.bind(performance)
    const nowMs = () => this.nowMs
    const told = class extends Date {
      constructor(...given: readonly never[]) {
        super(...((given.length === 0 ? [nowMs()] : given) as [number]))
      }
      static override now(): number {
        return nowMs()
      }
    }
    const later = (call: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      this.#add(() => call(...given), ms, undefined)
    const often = (call: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      this.#add(() => call(...given), ms, ms)
    const clear = (handle: Handle | undefined) => void (handle && this.#timers.delete(handle))
    const faked = { setTimeout: later, clearTimeout: clear, setInterval: often, clearInterval: clear, Date: told }
    Object.assign(globalThis, faked)
    performance.now = nowMs
    return () => {
      Object.assign(globalThis, kept)
      performance.now = now
    }
  }

  /** Resolves after so much of it; rejects when whoever waits gives up. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#timers.delete(handle)
        reject(signal?.reason as Error)
      }
      const awake = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const handle = this.#add(awake, ms, undefined)
      signal?.addEventListener('abort', giveUp)
    })
  }

  /** @param settle resolves once nobody does anything any more but wait for time to pass */
  async pass(ms: number, settle: () => Promise<void>): Promise<void> {
    const untilMs = this.nowMs + ms
    await settle()
    for (let due = this.#next(untilMs); due; due = this.#next(untilMs)) {
      const [handle, timer] = due
      this.nowMs = Math.max(this.nowMs, timer.atMs)
      if (timer.everyMs === undefined) this.#timers.delete(handle)
      else timer.atMs = this.nowMs + Math.max(1, timer.everyMs)
      timer.call()
      await settle()
    }
    this.nowMs = untilMs
  }

  #add(call: () => void, ms: number, everyMs: number | undefined): Handle {
    const handle = new Handle()
    this.#timers.set(handle, { call, everyMs, atMs: this.nowMs + Math.max(0, Math.ceil(ms)) })
    return handle
  }

  /** Of those that are due at once the one that was set first. */
  #next(untilMs: number): [Handle, Timer] | undefined {
    let first: [Handle, Timer] | undefined
    for (const entry of this.#timers) {
      if (entry[1].atMs <= untilMs && (!first || entry[1].atMs < first[1].atMs)) first = entry
    }
    return first
  }
}
