/** The figures of all branches in one answer, and its address. */
import { firstHour } from '../adapters/synclog/chain-reader.ts'
import type { SyncLog } from '../adapters/synclog/sync-log.ts'
import type { RouteTable } from '../adapters/http/route-table.ts'
import type { ChainFigures } from '../schemas/protocol/chain-figures.ts'
import { keptFor } from './kept-for.ts'

/** Several pages may ask, of hundreds of branches. */
const KEPT_MS = 2000

export interface ChainFiguresParts {
  readonly syncLog: Pick<SyncLog, 'figures' | 'chain'>
  readonly branchIds: () => readonly string[]
  readonly retries: () => number
  /** Since 1970. */
  readonly nowMs: () => number
}

export function chainFigures({ syncLog, branchIds, retries, nowMs }: ChainFiguresParts): () => ChainFigures {
  return keptFor(KEPT_MS, nowMs, () => {
    const atMs = nowMs()
    const { all, branches } = syncLog.chain(branchIds())
    const { requests, failed } = all.hours ?? {}
    return {
      at: new Date(atMs).toISOString(),
      from: new Date(firstHour(atMs)).toISOString(),
      // Backlogs of branches at different moments make no backlog of the chain.
      all: { ...syncLog.figures(), ...(requests && failed && { hours: { requests, failed } }) },
      branches,
      retries: retries(),
    }
  })
}

export function addChainFiguresRoute(routes: RouteTable, figures: () => ChainFigures): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/chain-figures',
      access: 'viewer',
      about: 'Success rate, failures and delay of all and of each branch, with the last 24 hours one by one.',
    },
    figures,
  )
}
