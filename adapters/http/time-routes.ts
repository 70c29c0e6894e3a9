/** Headquarters tells the time to whoever asks, and which certificates are its own, signed. */
import { timeQuerySchema, type TimeAnswer } from '../../schemas/protocol/time.ts'
import type { SigningKey } from '../exchange/signature.ts'
import { makeTimeStatement } from '../tls/time-statement.ts'
import { EXCHANGE_PATH } from './exchange-path.ts'
import type { RouteTable } from './route-table.ts'

export interface TimeParts {
  /** Headquarters' own: the one whose public half branches know. */
  readonly key: SigningKey
  /** Its public half: SPKI, DER in base64url. */
  readonly publicKey: string
  readonly nowMs: () => number
  /** Of the certificates that branches meet, SHA-256 of the DER in base64url. */
  readonly certificateHashes: () => readonly string[]
}

export function addTimeRoute(routes: RouteTable, { key, publicKey, nowMs, certificateHashes }: TimeParts): void {
  routes.add(
    {
      method: 'GET',
      path: `${EXCHANGE_PATH}/time`,
      access: 'open',
      about:
        "Answers the challenge with headquarters' time and the hashes of its certificates, as a JWS that its key signed: by it a branch whose clock is wrong knows headquarters in spite of the dates of its certificate.",
      query: timeQuerySchema,
    },
    async ({ query: { challenge }, res }) => {
      const statement = { challenge, timeMs: Math.trunc(nowMs()), certificates: [...certificateHashes()] }
      res.setHeader('cache-control', 'no-store')
      return { statement: await makeTimeStatement(statement, key), key: publicKey } satisfies TimeAnswer
    },
  )
}
