/** The end of a demonstration: waits until everything has arrived, and counts each store by asking that store. */
import { createConnection } from 'mysql2/promise'
import type { CloudNodeStatus, SyncVerdict } from '../../schemas/protocol/status.ts'
import type { DemoChain } from './chain.ts'
import type { Progress } from './progress.ts'

const POLL_MS = 250

export interface FinalReport {
  readonly branches: number
  readonly members: number
  readonly orders: number
  readonly mirror: { readonly member: number; readonly orders: number; readonly order_line: number }
  readonly inSync: boolean
}

/**
 * Shows how far replication and mirror are until every branch is in sync, as the digests say, and the mirror is level.
 *
 * @throws after the deadline, saying what was still missing
 */
export async function waitUntilInSync(
  chain: DemoChain,
  progress: Progress,
  deadlineMs: number,
): Promise<CloudNodeStatus> {
  const endMs = Date.now() + deadlineMs
  let restingSinceMs = Number.POSITIVE_INFINITY
  for (;;) {
    const [cloud, branches] = await Promise.all([
      chain.cloudStatus(),
      Promise.all(chain.branches.map((branch) => branch.status())),
    ])
    for (const [i, { backlog, collections }] of branches.entries()) {
      const total = Object.values(collections).reduce((sum, { documents }) => sum + documents, 0)
      const state = cloud.branches.find(({ id }) => id === chain.branches[i]!.id)?.verdict.state
      progress.update(chain.branches[i]!.id, Math.max(0, total - backlog.documents), total, state)
    }
    const here = Object.values(cloud.collections).reduce((sum, { documents }) => sum + documents, 0)
    const { lag = here, state = 'off' } = cloud.mirrors[0] ?? {}
    progress.update('mirror', Math.max(0, here - lag), here, state)
    const rests = branches.every(({ backlog }) => backlog.documents === 0)
    restingSinceMs = rests ? Math.min(restingSinceMs, Date.now()) : Number.POSITIVE_INFINITY
    const known = cloud.branches.filter(({ id }) => chain.branches.some((branch) => branch.id === id))
    const agree =
      known.length === chain.branches.length && known.every(({ verdict }) => isAgreed(verdict, restingSinceMs))
    if (agree && state === 'running' && lag === 0) return cloud
    if (Date.now() > endMs) throw new Error(`not in sync in time: ${describe(cloud)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

export async function reportFrom(chain: DemoChain, mysqlUrl: string, cloud: CloudNodeStatus): Promise<FinalReport> {
  const mirror = await countMirror(mysqlUrl)
  const members = cloud.collections['members']!.documents
  const orders = cloud.collections['orders']!.documents
  const agree = cloud.branches.every(({ verdict }) => verdict.state === 'in-sync')
  const branches = chain.branches.length
  return { branches, members, orders, mirror, inSync: agree && mirror.member === members && mirror.orders === orders }
}

/** A comparison counts only if it was made after the branch had nothing left to send. */
function isAgreed({ state, checkedAt }: SyncVerdict, restingSinceMs: number): boolean {
  return state === 'in-sync' && checkedAt !== undefined && Date.parse(checkedAt) >= restingSinceMs
}

async function countMirror(mysqlUrl: string): Promise<FinalReport['mirror']> {
  const connection = await createConnection({ uri: mysqlUrl })
  try {
    const count = async (table: string) => {
      const [rows] = await connection.query(`SELECT COUNT(*) AS n FROM \`${table}\``)
      return (rows as { n: number }[])[0]!.n
    }
    return { member: await count('member'), orders: await count('orders'), order_line: await count('order_line') }
  } finally {
    await connection.end()
  }
}

function describe({ branches, mirrors: [mirror] }: CloudNodeStatus): string {
  const standing = branches.map(({ id, verdict, reported }) => {
    const error = reported?.lastError ? ` (${reported.lastError.message})` : ''
    return `${id} ${verdict.state}${error}`
  })
  return `${standing.join(', ')}; mirror ${mirror?.state ?? 'off'}, ${mirror?.lag ?? 0} changes behind`
}
