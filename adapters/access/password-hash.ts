/**
 * Passwords and PINs as they are stored: argon2id with what OWASP asks for at least. Each takes 19 MiB and a processor
 * for some time, so that only a few are computed at once.
 */
import { hash, verify } from '@node-rs/argon2'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { Turns } from './turns.ts'

/** The package's own algorithm is argon2id, its version 0x13. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** Until a full queue is through, on a slow PC. */
const QUEUE_TIME_S = 5

/** One queue for the whole process: it has one set of processors. */
const turns = new Turns({
  atOnce: 2,
  maxWaiting: 32,
  maxWaitingOfOne: 4,
  sentAway: () =>
    new OutpostError('TOO_MANY_REQUESTS', 'too many passwords are being checked at this moment', {
      retryAfterS: QUEUE_TIME_S,
    }),
})

/** Of no text that anybody knows. */
const NOBODYS = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Of those who may have one made, who are known and share one turn. */
const KNOWN = 'known'

/** @throws OutpostError TOO_MANY_REQUESTS */
export function hashSecret(text: string): Promise<string> {
  return turns.take(KNOWN, () => hash(sameForAll(text), COST))
}

/**
 * @param stored as `hashSecret` made it; with none it takes as long, and is false: time does not tell who exists
 * @param whose turn it takes: a network, or a device that is known
 * @throws OutpostError TOO_MANY_REQUESTS
 */
export function verifySecret(stored: string | undefined, text: string, whose: string): Promise<boolean> {
  return turns.take(whose, async () => (await verify(stored ?? NOBODYS, sameForAll(text))) && stored !== undefined)
}

/** Keyboards write the same letters and digits in different ways. */
function sameForAll(text: string): string {
  return text.normalize('NFKC')
}
