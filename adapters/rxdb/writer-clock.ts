/** The hybrid logical clock of one running process: what it knows of the time, and the stamps it makes of it. */
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import {
  boundedWall,
  EARLIEST_MS,
  isTold,
  JITTER_MS,
  nextStamp,
  type ClockReading,
  type HlcState,
} from '../../schemas/hlc.ts'

export interface WriterClockOptions extends Partial<ClockMemory> {
  /**
   * Random for each process start, eight digits. A clock that is set back goes on as another writer: this id and one or
   * more digits behind it, which no id of eight digits can be.
   */
  readonly writer: WriterId
  readonly osMs?: () => number
  readonly monotonicMs?: () => number
  /** The cloud has spoken for the first time or has set this clock: what was remembered of it is out of date. */
  readonly onSet?: () => void
}

/** What the next run should know; all in ms since 1970. */
export interface ClockMemory {
  /** What it surely is already. */
  readonly floorMs: number
  /** The last time that the cloud told; absent at headquarters. */
  readonly lastCloudMs?: number | undefined
  /** The latest time that this clock ever told or stamped, right or wrong. */
  readonly ceilingMs?: number | undefined
}

export class WriterClock {
  readonly #writer: WriterId
  readonly #osMs: () => number
  readonly #monotonicMs: () => number
  readonly #onSet: (() => void) | undefined
  #floorMs: number
  #lastCloudMs: number | undefined
  #ceilingMs: number
  #heard: ClockReading['heard']
  #state: HlcState
  #stepsBack = 0

  constructor(options: WriterClockOptions) {
    this.#writer = options.writer
    this.#osMs = options.osMs ?? Date.now
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#onSet = options.onSet
    this.#floorMs = options.floorMs ?? 0
    this.#lastCloudMs = options.lastCloudMs
    this.#ceilingMs = options.ceilingMs ?? this.#floorMs
    this.#state = { writer: options.writer, wallMs: 0, counter: 0 }
  }

  /** How far the operating system's clock is ahead of the cloud's, ms; `undefined` until the cloud has told it in this run. */
  osAheadMs(): number | undefined {
    const { heard } = this.#read()
    return heard ? Math.round(this.#osMs() - this.wallMs()) : undefined
  }

  /** The bounded wall time, ms since 1970: what the node believes it is. */
  wallMs(): number {
    return this.#read().wallMs
  }

  /** The business time of something that happens now, ISO 8601. */
  now(): string {
    return new Date(this.wallMs()).toISOString()
  }

  /**
   * The latest time that this clock ever told. Headquarters whose clock ran ahead for an hour must not refuse what
   * branches stamped by the time that it told them, or what follows from that.
   */
  ceilingMs(): number {
    this.wallMs()
    return this.#ceilingMs
  }

  /** A new stamp, above every one that this writer made and above `exceeds`. */
  readonly stamp = (exceeds: Hlc): Hlc => {
    const { wallMs } = this.#read()
    const next = nextStamp(this.#state, wallMs, exceeds)
    this.#state = next.state
    return next.stamp
  }

  /** The cloud has told its time, ms since 1970. What is no time, or one from before this program, is not heard. */
  hear(cloudMs: number): void {
    if (!(cloudMs >= EARLIEST_MS && cloudMs < Infinity)) return
    const before = this.#read()
    this.#heard = { cloudMs, monotonicMs: this.#monotonicMs() }
    const isSet = Math.abs(this.wallMs() - before.wallMs) > JITTER_MS
    if (!before.heard || isSet) this.#onSet?.()
  }

  /** The cloud told its time a while ago: it is at least that late, and that time counts as the last one that it told. */
  hearLate(cloudMs: number): void {
    if (!(cloudMs >= EARLIEST_MS && cloudMs < Infinity) || cloudMs <= (this.#lastCloudMs ?? 0)) return
    this.#lastCloudMs = cloudMs
    this.#floorMs = Math.max(this.#floorMs, cloudMs)
    this.#onSet?.()
  }

  memory(): ClockMemory {
    const { wallMs, isTold: told, heard } = this.#read()
    const floorMs = Math.max(told ? wallMs : this.#floorMs, this.#state.wallMs)
    return { floorMs, lastCloudMs: heard ? wallMs : this.#lastCloudMs, ceilingMs: this.#ceilingMs }
  }

  #read(): { wallMs: number; isTold: boolean; heard: boolean } {
    const reading: ClockReading = {
      osMs: this.#osMs(),
      monotonicMs: this.#monotonicMs(),
      floorMs: this.#floorMs,
      lastCloudMs: this.#lastCloudMs,
      heard: this.#heard,
    }
    const wallMs = boundedWall(reading)
    const told = isTold(reading)
    if (told && wallMs < this.#state.wallMs - JITTER_MS) {
      // As another writer: the dots of a set stand for everything that their writer did before, so no writer may ever
      // stamp below its own stamps.
      this.#stepsBack += 1
      const writer = (this.#writer + this.#stepsBack.toString(36)) as WriterId
      this.#state = { writer, wallMs: 0, counter: 0 }
    }
    this.#ceilingMs = Math.max(this.#ceilingMs, wallMs)
    return { wallMs, isTold: told, heard: this.#heard !== undefined }
  }
}
