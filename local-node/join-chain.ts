/** What a branch asks headquarters before it can register anybody: at its first start, and whenever a store knows less. */
import { z } from 'zod'
import { BRANCH_HEADER, EXCHANGE_PATH } from '../adapters/http/exchange-routes.ts'
import { readText } from '../adapters/http/read-text.ts'
import { withDeadline } from '../adapters/own-signal.ts'
import { ERROR_CATALOGUE, type ErrorCode } from '../schemas/error-catalogue.ts'
import { chainFactsSchema, type ChainFacts } from '../schemas/protocol/chain-facts.ts'
import { OutpostError } from '../schemas/outpost-error.ts'

const DEADLINE_MS = 5000
const errorBody = z.object({ code: z.string(), message: z.string() })

export interface JoinAnswer {
  readonly facts: ChainFacts
  /** Headquarters' time by its answer's `Date`, ms since 1970; `NaN` where something in between took it away. */
  readonly cloudMs: number
}

/** @throws OutpostError LINK_FAILED, BRANCH_UNKNOWN, BRANCH_DISABLED */
export async function fetchChainFacts(cloudUrl: string, branchId: string, signal: AbortSignal): Promise<JoinAnswer> {
  const url = `${cloudUrl}${EXCHANGE_PATH}/join`
  const headers = { [BRANCH_HEADER]: branchId, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: '{}', redirect: 'error' } as const
  let body: unknown
  let cloudMs: number
  try {
    ;[body, cloudMs] = await withDeadline(DEADLINE_MS, signal, async (own) => {
      const response = await fetch(url, { ...init, signal: own.signal })
      return [JSON.parse(await readText(response, own.signal)), Date.parse(response.headers.get('date') ?? '')]
    })
  } catch (cause) {
    throw new OutpostError('LINK_FAILED', `${cloudUrl} cannot be reached`, { cause })
  }
  const facts = chainFactsSchema.safeParse(body)
  if (facts.success) return { facts: facts.data, cloudMs }
  const refusal = errorBody.safeParse(body)
  const message = refusal.success ? refusal.data.message : `${cloudUrl} is no headquarters of Outpost`
  const code =
    refusal.success && refusal.data.code in ERROR_CATALOGUE ? (refusal.data.code as ErrorCode) : 'LINK_FAILED'
  throw new OutpostError(code, message)
}
