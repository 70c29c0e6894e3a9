/**
 * Documents whose transaction failed, with no other in it, for a reason that nobody has foreseen. Once may be chance;
 * who fails so again would keep everything behind it waiting for ever. Kept in memory: a restarted node tries anew.
 */
export interface SentState {
  readonly branchId: string
  readonly collection: string
  readonly id: string
  readonly seq: number
}

export class FailedAlone {
  readonly #failures = new Map<string, string>()
  readonly #limit: number

  /** @param limit how many are remembered; the oldest are forgotten first */
  constructor(limit = 1000) {
    this.#limit = limit
  }

  /** Whether this state of the document failed alone, with an error of this kind, before. */
  has(state: SentState, error: unknown): boolean {
    return this.#failures.get(keyOf(state)) === kindOf(error)
  }

  note(state: SentState, error: unknown): void {
    const key = keyOf(state)
    this.#failures.delete(key)
    this.#failures.set(key, kindOf(error))
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > this.#limit) this.#failures.delete(oldest!)
  }
}

function keyOf({ branchId, collection, id, seq }: SentState): string {
  return JSON.stringify([branchId, collection, id, seq])
}

/** A message may name a time or a number that is another one each time. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return `${error.name} ${String((error as { code?: unknown }).code)}`
}
