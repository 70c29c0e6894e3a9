/** Wakes a loop that waits; a call while it works is not lost, it makes the next wait end at once. */
export class WakeSignal {
  #pending = false
  #resume: (() => void) | undefined

  readonly wake = (): void => {
    this.#pending = true
    this.#resume?.()
  }

  async wait(): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve
      })
      this.#resume = undefined
    }
    this.#pending = false
  }
}
