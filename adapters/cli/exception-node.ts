/** Where the exception commands go: to the running node through its API, else to the desk of the stopped one. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type {
  DiscardOutcome,
  ExceptionDetail,
  ExceptionFilter,
  ExceptionPage,
  ExceptionQuery,
  ExceptionRecord,
  RetryAllOutcome,
  RetryOutcome,
} from '../../schemas/protocol/exceptions.ts'
import type { NodeAddress } from '../node/node-file.ts'
import { kindOfStore } from './member-node.ts'
import { callNode, onNode } from './node-client.ts'

/** A desk in this process answers at once, one behind an API later. */
type Soon<T> = T | Promise<T>

/** `ExceptionDesk`, here or behind the API. */
export interface NodeExceptions {
  list(query?: ExceptionQuery): Soon<ExceptionPage<ExceptionRecord>>
  show(id: string): Soon<ExceptionDetail>
  retry(id: string, dryRun?: boolean): Soon<RetryOutcome>
  retryAll(filter?: ExceptionFilter, dryRun?: boolean): Soon<RetryAllOutcome>
  discard(id: string, dryRun?: boolean): Soon<DiscardOutcome>
}

export interface ExceptionNode {
  readonly node: 'branch' | 'cloud'
  readonly exceptions: NodeExceptions
}

interface StoppedNode {
  readonly exceptions: NodeExceptions
  readonly close: () => void
}

/** How a stopped node is opened; only the nodes know. */
export interface StoppedNodes {
  readonly cloud: (dataDir: string) => Promise<StoppedNode>
  readonly branch: (dataDir: string) => Promise<StoppedNode>
}

/**
 * @param side the node that it must be, where the command names one
 * @throws OutpostError BAD_CONFIGURATION where there is no store or another side's, NODE_STARTING
 */
export async function withExceptions<T>(
  dataDir: string,
  side: 'branch' | 'cloud' | undefined,
  stopped: StoppedNodes,
  work: (node: ExceptionNode) => Promise<T>,
): Promise<T> {
  const refuseOtherSide = (node: 'branch' | 'cloud') => {
    if (side === undefined || side === node) return
    const of = node === 'cloud' ? 'headquarters' : 'a branch'
    throw new OutpostError('BAD_CONFIGURATION', `${dataDir} is the data folder of ${of}`, { field: 'side' })
  }
  return onNode(
    dataDir,
    async (running) => {
      refuseOtherSide(running.node)
      return work({ node: running.node, exceptions: behindApi(running) })
    },
    async () => {
      const node = await kindOfStore(dataDir)
      refuseOtherSide(node)
      const { exceptions, close } = await stopped[node](dataDir)
      return work({ node, exceptions }).finally(close)
    },
  )
}

function behindApi(at: NodeAddress): NodeExceptions {
  const post = <T>(path: string, body: object) => callNode<T>(at, 'POST', `/api/exceptions${path}`, body)
  return {
    list: (query = {}) => {
      const given = Object.entries(query).filter(([, value]) => value !== undefined)
      const parameters = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
      return callNode(at, 'GET', `/api/exceptions?${parameters.toString()}`)
    },
    show: (id) => callNode(at, 'GET', `/api/exceptions/${id}`),
    retry: (id, dryRun = false) => post(`/${id}/retry`, { dryRun }),
    retryAll: (filter = {}, dryRun = false) => post('/retry', { ...filter, dryRun }),
    discard: (id, dryRun = false) => post(`/${id}/discard`, { dryRun }),
  }
}
