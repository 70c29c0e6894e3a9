/** Commands talk to the running node through its API, and open its store themselves only while it is stopped. */
import { setTimeout as delay } from 'node:timers/promises'
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { isRecord } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { readNodeFile, type NodeAddress, type NodeFile } from '../node/node-file.ts'
import { isSameIdentity } from '../sqlite/store-identity.ts'

/** An import batch takes longest. */
const DEADLINE_MS = 60_000
const PROBE_DEADLINE_MS = 2000
/** A node that begins takes its store first and says where it answers last. */
const STARTING_MS = 10_000
const POLL_MS = 100

/** The node that runs on a data folder; `undefined` when none answers, or another one at the address that it had. */
export async function findRunningNode(dataDir: string): Promise<NodeFile | undefined> {
  const file = readNodeFile(dataDir)
  if (!file) return undefined
  try {
    const signal = AbortSignal.timeout(PROBE_DEADLINE_MS)
    const answer = await fetch(`${file.url}/api/status`, { headers: commandHeaders(file), signal })
    const { backup } = (await answer.json()) as Partial<BranchNodeStatus | CloudNodeStatus>
    return backup && isSameIdentity(backup.identity, file.identity) ? file : undefined
  } catch {
    return undefined
  }
}

/**
 * Asks the node that runs on a data folder; opens the store of a stopped one. One that is just starting is waited for.
 *
 * @param onStopped may be called again after it has thrown STORE_LOCKED, so it opens the store before anything else
 * @throws OutpostError NODE_STARTING where whoever has the store does not answer in time
 */
export async function onNode<T>(
  dataDir: string,
  onRunning: (node: NodeFile) => Promise<T>,
  onStopped: () => Promise<T>,
  { waitMs = STARTING_MS, signal }: { readonly waitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const running = await findRunningNode(dataDir)
    if (running) return onRunning(running)
    try {
      return await onStopped()
    } catch (error) {
      if (!(error instanceof OutpostError && error.code === 'STORE_LOCKED')) throw error
      if (performance.now() >= deadline) throw silentNode(dataDir, error)
    }
    await delay(POLL_MS, undefined, { signal })
  }
}

/** Of a folder that somebody has open, and where nobody answers. */
export function silentNode(dataDir: string, cause: OutpostError): OutpostError {
  const message = `the node of ${dataDir} does not answer: it is starting, or stands still, or another command has its store open`
  return new OutpostError('NODE_STARTING', message, { cause })
}

/** @throws OutpostError the node's own, or NODE_UNREACHABLE */
export async function callNode<T>(node: NodeAddress, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const { url } = node
  let status: number
  let answer: unknown
  try {
    const init =
      body === undefined
        ? { headers: commandHeaders(node) }
        : { body: JSON.stringify(body), headers: { ...commandHeaders(node), 'content-type': 'application/json' } }
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
  const field = isRecord(answer) && typeof answer['field'] === 'string' ? { field: answer['field'] } : {}
  throw new OutpostError(code, message, field)
}

/** What shows a node that a command of its own machine asks. */
export function commandHeaders({ token }: NodeAddress): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` }
}
