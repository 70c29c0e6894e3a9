/**
 * Asks headquarters for its signed word about the time and its certificates. Nothing secret is sent and nothing is
 * believed but the signature, so it does not matter over which connection it comes.
 */
import { randomBytes } from 'node:crypto'
import { Agent, fetch } from 'undici'
import { timeAnswerSchema, type TimeStatement } from '../../schemas/protocol/time.ts'
import { readVerifyingKey, type VerifyingKey } from '../exchange/signature.ts'
import { EXCHANGE_PATH } from '../http/exchange-path.ts'
import { readText } from '../http/read-text.ts'
import { verifyTimeStatement } from './time-statement.ts'

/** Headquarters' key, or how to tell it from others: an enrolment code holds a part of its hash only. */
export type CloudKey = VerifyingKey | ((told: string) => boolean)

const DEADLINE_MS = 10_000
const ANSWER_BYTES = 16_384

/** @throws Error for anything but a fresh answer of headquarters */
export async function askTime(cloudUrl: string, cloudKey: CloudKey): Promise<TimeStatement> {
  const challenge = randomBytes(32).toString('base64url')
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
  try {
    const url = `${cloudUrl}${EXCHANGE_PATH}/time?challenge=${challenge}`
    const response = await fetch(url, { dispatcher, signal, redirect: 'error' })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    let bytes = 0
    const text = await readText(response, signal, (more) => {
      bytes += more
      if (bytes > ANSWER_BYTES) throw new Error('the answer is too large')
    })
    const { statement, key } = timeAnswerSchema.parse(JSON.parse(text))
    return await verifyTimeStatement(statement, challenge, verifyingKey(cloudKey, key))
  } finally {
    await dispatcher.destroy()
  }
}

function verifyingKey(cloudKey: CloudKey, told: string): VerifyingKey {
  if (typeof cloudKey !== 'function') return cloudKey
  if (cloudKey(told)) return readVerifyingKey(told)
  throw new Error('it is another headquarters')
}
