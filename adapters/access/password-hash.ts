/**
 * Passwords and PINs as they are stored: argon2id with what OWASP asks for at least. Each takes 19 MiB and a processor
 * for some time, so that only a few are computed at once. Whoever waits takes turns, and a crowd is sent away instead of
 * waiting for ever: it is those who ask for most that hear so.
 */
import { hash, verify } from '@node-rs/argon2'
import { OutpostError } from '../../schemas/outpost-error.ts'

/** The package's own algorithm is argon2id, its version 0x13. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const AT_ONCE = 2
const MAX_WAITING = 32
const MAX_WAITING_OF_ONE = 4
/** Until a full queue is through, on a slow PC. */
const QUEUE_TIME_S = 5

/** Of no text that anybody knows. */
const NOBODYS = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Of those who may have one made, who are known and share one turn. */
const KNOWN = 'known'

/** @throws OutpostError TOO_MANY_REQUESTS */
export function hashSecret(text: string): Promise<string> {
  return inTurn(KNOWN, () => hash(sameForAll(text), COST))
}

/**
 * @param stored as `hashSecret` made it; with none it takes as long, and is false: time does not tell who exists
 * @param whose turn it takes: a network, or a device that is known
 * @throws OutpostError TOO_MANY_REQUESTS
 */
export function verifySecret(stored: string | undefined, text: string, whose: string): Promise<boolean> {
  return inTurn(whose, async () => (await verify(stored ?? NOBODYS, sameForAll(text))) && stored !== undefined)
}

/** Keyboards write the same letters and digits in different ways. */
function sameForAll(text: string): string {
  return text.normalize('NFKC')
}

/** One for the whole process: it has one set of processors. */
let running = 0
/** By whose turn it is. Whoever is first in it is next, and then the last. */
const waiting = new Map<string, Waiter[]>()

interface Waiter {
  readonly begin: () => void
  readonly sendAway: (error: OutpostError) => void
}

async function inTurn<T>(whose: string, work: () => Promise<T>): Promise<T> {
  if (running < AT_ONCE) running++
  else await new Promise<void>((resolve, reject) => queueUp(whose, { begin: resolve, sendAway: reject }))
  try {
    return await work()
  } finally {
    const next = takeNext()
    if (next) next.begin()
    else running--
  }
}

function queueUp(whose: string, waiter: Waiter): void {
  const own = waiting.get(whose) ?? []
  if (own.length >= MAX_WAITING_OF_ONE) return waiter.sendAway(tooMany())
  const all = [...waiting.values()]
  if (all.reduce((sum, { length }) => sum + length, 0) >= MAX_WAITING) {
    const longest = all.reduce((one, other) => (other.length > one.length ? other : one))
    // The newest of whoever has most waiting makes room for those who have less.
    if (longest.length <= own.length + 1) return waiter.sendAway(tooMany())
    longest.pop()!.sendAway(tooMany())
  }
  own.push(waiter)
  waiting.set(whose, own)
}

function takeNext(): Waiter | undefined {
  const [first] = waiting
  if (!first) return undefined
  const [whose, [next, ...others]] = first
  waiting.delete(whose)
  if (others.length > 0) waiting.set(whose, others)
  return next
}

function tooMany(): OutpostError {
  return new OutpostError('TOO_MANY_REQUESTS', 'too many passwords are being checked at this moment', {
    retryAfterS: QUEUE_TIME_S,
  })
}
