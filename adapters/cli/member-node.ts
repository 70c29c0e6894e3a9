/** Where the member commands go: to the running node through its API, else to the desk of the stopped one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MemberAction, MemberOutcome, MemberView, ReviewAnswer } from '../../schemas/protocol/identity.ts'
import type { MergeAuditEntry } from '../identity/merge-audit.ts'
import type { NodeFile } from '../node/node-file.ts'
import { callNode, onNode } from './node-client.ts'

/** A desk in this process answers at once, one behind an API later. */
type Soon<T> = T | Promise<T>

/** `MemberDesk`, here or behind the API. */
export interface HeadquartersMembers {
  show(id: string): Soon<MemberView>
  find(phone: string, scope?: string): Soon<MemberView>
  audit(id: string): Soon<MergeAuditEntry[]>
  review(all?: boolean): Soon<RequestDocument[]>
  act(id: string, action: MemberAction, dryRun?: boolean): Soon<MemberOutcome>
  decide(requestId: string, answer: ReviewAnswer, dryRun?: boolean): Soon<MemberOutcome>
}

/** `BranchDesk`, here or behind the API. */
export interface BranchMembers {
  show(id: string): Soon<MemberView>
  find(phone: string): Soon<MemberView[]>
  register(name: string, phone: string, isPrivate: boolean): Soon<MemberView>
  request(id: string, action: MemberAction, reason?: string): Soon<RequestDocument>
  requests(): Soon<RequestDocument[]>
}

export type MemberNode =
  | { readonly node: 'cloud'; readonly members: HeadquartersMembers }
  | { readonly node: 'branch'; readonly members: BranchMembers }

interface StoppedDesk<Members> {
  readonly operations: { readonly members: Members }
  readonly close: () => void
}

/** How the desk of a stopped node is opened; only the nodes know. */
export interface StoppedDesks {
  readonly cloud: (dataDir: string) => Promise<StoppedDesk<HeadquartersMembers>>
  readonly branch: (dataDir: string) => Promise<StoppedDesk<BranchMembers>>
}

/** @throws OutpostError BAD_CONFIGURATION where there is no store, NODE_STARTING */
export async function withMembers<T>(
  dataDir: string,
  stopped: StoppedDesks,
  work: (node: MemberNode) => Promise<T>,
): Promise<T> {
  return onNode(
    dataDir,
    (running) => work(behindApi(running)),
    async () => {
      const node = await kindOfStore(dataDir)
      if (node === 'cloud') {
        const { operations, close } = await stopped.cloud(dataDir)
        return work({ node, members: operations.members }).finally(close)
      }
      const { operations, close } = await stopped.branch(dataDir)
      return work({ node, members: operations.members }).finally(close)
    },
  )
}

export async function kindOfStore(dataDir: string): Promise<'cloud' | 'branch'> {
  const file = join(dataDir, 'store.sqlite')
  if (!existsSync(file)) {
    const message = `there is no store in ${dataDir}; name the data folder of headquarters or of a branch with --data`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
  }
  // SQLite is loaded only by those who need it.
  const { openStoppedStore } = await import('../sqlite/stopped-store.ts')
  const store = openStoppedStore(file)
  store.close()
  if (store.identity) return store.identity.node
  throw new OutpostError('BAD_CONFIGURATION', `no node has ever started on ${dataDir}`, { field: 'data' })
}

function behindApi(at: NodeFile): MemberNode {
  const { node } = at
  const get = <T>(path: string) => callNode<T>(at, 'GET', path)
  const post = <T>(path: string, body: object) => callNode<T>(at, 'POST', path, body)
  const of = (id: string) => `/api/members/${encodeURIComponent(id)}`
  if (node === 'cloud') {
    const members: HeadquartersMembers = {
      show: (id) => get(of(id)),
      find: (phone, scope) => post('/api/members/find', { phone, ...(scope !== undefined && { scope }) }),
      audit: (id) => get(`${of(id)}/audit`),
      review: (all = false) => get(`/api/requests?all=${all}`),
      act: (id, action, dryRun = false) => post(`${of(id)}/actions`, { ...action, dryRun }),
      decide: (id, answer, dryRun = false) =>
        post(`/api/requests/${encodeURIComponent(id)}/decide`, { ...answer, dryRun }),
    }
    return { node, members }
  }
  const members: BranchMembers = {
    show: (id) => get(of(id)),
    find: (phone) => post('/api/members/find', { phone }),
    register: (name, phone, isPrivate) => post('/api/members', { name, phone, private: isPrivate }),
    request: (id, action, reason) => post(`${of(id)}/requests`, { ...action, ...(reason !== undefined && { reason }) }),
    requests: () => get('/api/requests'),
  }
  return { node, members }
}
