/** The hybrid logical clock of one running process: what it knows of the time, and the stamps it makes of it. */
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { boundedWall, nextStamp, type ClockReading, type HlcState } from '../../schemas/hlc.ts'

export interface WriterClockOptions {
  /** Random for each process start. */
  readonly writer: WriterId
  readonly osMs?: () => number
  readonly monotonicMs?: () => number
  /** The highest wall reading of earlier runs, and the last time the cloud told them. */
  readonly floorMs?: number
  readonly lastCloudMs?: number | undefined
}

export class WriterClock {
  readonly #osMs: () => number
  readonly #monotonicMs: () => number
  readonly #floorMs: number
  readonly #lastCloudMs: number | undefined
  #heard: ClockReading['heard']
  #state: HlcState

  constructor(options: WriterClockOptions) {
    this.#osMs = options.osMs ?? Date.now
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#floorMs = options.floorMs ?? 0
    this.#lastCloudMs = options.lastCloudMs
    this.#state = { writer: options.writer, wallMs: 0, counter: 0 }
  }

  /** The bounded wall time, ms since 1970: what the node believes it is. */
  wallMs(): number {
    return boundedWall({
      osMs: this.#osMs(),
      monotonicMs: this.#monotonicMs(),
      floorMs: this.#floorMs,
      lastCloudMs: this.#lastCloudMs,
      heard: this.#heard,
    })
  }

  /** The business time of something that happens now, ISO 8601. */
  now(): string {
    return new Date(this.wallMs()).toISOString()
  }

  /** A new stamp, above every one that this clock made and above `exceeds`. */
  readonly stamp = (exceeds: Hlc): Hlc => {
    const next = nextStamp(this.#state, this.wallMs(), exceeds)
    this.#state = next.state
    return next.stamp
  }

  /** The cloud has told its time, ms since 1970. */
  hear(cloudMs: number): void {
    this.#heard = { cloudMs, monotonicMs: this.#monotonicMs() }
  }

  /** What the next run should know. */
  memory(): { floorMs: number; lastCloudMs: number | undefined } {
    const cloudMs = this.#heard && this.#heard.cloudMs + this.#monotonicMs() - this.#heard.monotonicMs
    return { floorMs: Math.max(this.#floorMs, this.#state.wallMs), lastCloudMs: cloudMs ?? this.#lastCloudMs }
  }
}
