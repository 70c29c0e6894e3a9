/**
 * Passwords and PINs as they are stored: argon2id with what OWASP asks for at least. Each takes 19 MiB and a processor
 * for some time, so that only a few are computed at once, and a crowd is sent away instead of waiting for ever.
 */
import { hash, verify } from '@node-rs/argon2'
import { OutpostError } from '../../schemas/outpost-error.ts'

/** The package's own algorithm is argon2id, its version 0x13. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const AT_ONCE = 2
const MAX_WAITING = 32
/** Until a full queue is through, on a slow PC. */
const QUEUE_TIME_S = 5

/** Of no text that anybody knows. */
const NOBODYS = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** @throws OutpostError TOO_MANY_REQUESTS */
export function hashSecret(text: string): Promise<string> {
  return inTurn(() => hash(sameForAll(text), COST))
}

/**
 * @param stored as `hashSecret` made it; with none it takes as long, and is false: time does not tell who exists
 * @throws OutpostError TOO_MANY_REQUESTS
 */
export function verifySecret(stored: string | undefined, text: string): Promise<boolean> {
  return inTurn(async () => (await verify(stored ?? NOBODYS, sameForAll(text))) && stored !== undefined)
}

/** Keyboards write the same letters and digits in different ways. */
function sameForAll(text: string): string {
  return text.normalize('NFKC')
}

/** One queue for the whole process: it has one set of processors. */
const queue = { running: 0, waiting: [] as (() => void)[] }

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.running < AT_ONCE) queue.running++
  else {
    if (queue.waiting.length >= MAX_WAITING) {
      throw new OutpostError('TOO_MANY_REQUESTS', 'too many passwords are being checked at this moment', {
        retryAfterS: QUEUE_TIME_S,
      })
    }
    await new Promise<void>((resolve) => queue.waiting.push(resolve))
  }
  try {
    return await work()
  } finally {
    const next = queue.waiting.shift()
    if (next) next()
    else queue.running--
  }
}
