/** Commands talk to the running node through its API. */
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { isRecord } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { readNodeFile, type NodeFile } from '../node/node-file.ts'
import { isSameIdentity } from '../sqlite/store-identity.ts'

/** An import batch takes longest. */
const DEADLINE_MS = 60_000
const PROBE_DEADLINE_MS = 2000

/** The node that runs on a data folder; `undefined` when none answers, or another one at the address that it had. */
export async function findRunningNode(dataDir: string): Promise<NodeFile | undefined> {
  const file = readNodeFile(dataDir)
  if (!file) return undefined
  try {
    const answer = await fetch(`${file.url}/api/status`, { signal: AbortSignal.timeout(PROBE_DEADLINE_MS) })
    const { backup } = (await answer.json()) as Partial<BranchNodeStatus | CloudNodeStatus>
    return backup && isSameIdentity(backup.identity, file.identity) ? file : undefined
  } catch {
    return undefined
  }
}

/** @throws OutpostError the node's own, or NODE_UNREACHABLE */
export async function callNode<T>(url: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  let status: number
  let answer: unknown
  try {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(`${url}${path}`, { method, ...init, signal: AbortSignal.timeout(DEADLINE_MS) })
    status = response.status
    answer = await response.json()
  } catch (cause) {
    throw new OutpostError('NODE_UNREACHABLE', `the node at ${url} does not answer`, { cause })
  }
  if (status < 400) return answer as T
  const code =
    isRecord(answer) && String(answer['code']) in ERROR_CATALOGUE ? (answer['code'] as ErrorCode) : 'INTERNAL'
  const message = isRecord(answer) ? String(answer['message']) : `the node answered ${status}`
  throw new OutpostError(code, message)
}
