import { describe, expect, it } from 'vitest'
import { FRESH_MS } from '../../../../schemas/fresh-verdict.ts'
import { syncSummary } from '../../../../local-node/web/sync/sync-summary.ts'
import type { LinkState } from '../../../../local-node/web/node/tab-messages.ts'
import type { BranchNodeStatus } from '../../../../schemas/protocol/status.ts'

const AT = '2026-03-01T10:00:00.000Z'
const NOW_MS = Date.parse(AT)
const link: LinkState = { reachable: true, unsent: { orders: [], members: [] }, refused: [] }
const status: BranchNodeStatus = {
  node: 'branch',
  time: AT,
  version: '0.1.0',
  branchId: 'b1',
  sync: {
    enabled: true,
    cloudUrl: 'https://hq.example.com',
    settings: { suspended: [] },
    suspendedNow: [],
    verdict: { state: 'in-sync', checkedAt: AT },
    running: false,
  },
  backlog: { documents: 0 },
  collections: {},
  exceptions: 0,
}
const failure = { code: 'LINK_FAILED', message: 'no link', at: AT } as const

it('says that all is well only when nothing waits anywhere and both sides agree', () => {
  expect(syncSummary(link, status, NOW_MS)).toBe('good')
  expect(syncSummary({ ...link, unsent: { orders: ['o1'] } }, status, NOW_MS)).toBe('waiting')
  expect(syncSummary(link, { ...status, backlog: { documents: 1 } }, NOW_MS)).toBe('waiting')
  for (const state of ['behind', 'differs', 'unknown'] as const) {
    expect(syncSummary(link, { ...status, sync: { ...status.sync, verdict: { state } } }, NOW_MS)).toBe('waiting')
  }
  expect(syncSummary(link, { ...status, sync: { ...status.sync, lastError: failure } }, NOW_MS)).toBe('waiting')
})

it('says so only while the comparison is fresh, also where the node has said nothing since', () => {
  expect(syncSummary(link, status, NOW_MS + FRESH_MS)).toBe('good')
  expect(syncSummary(link, status, NOW_MS + FRESH_MS + 1)).toBe('waiting')
})

describe('what a person has to do something about', () => {
  it.each([
    ['a document that the node refused', { ...link, refused: ['o1'] }, status],
    ['an exception of the node', link, { ...status, exceptions: 1 }],
    ['a disk that is full', link, { ...status, storage: { ...failure, code: 'DISK_FULL' } as const }],
    ['a branch that headquarters does not let in', link, { ...status, sync: { ...status.sync, refused: failure } }],
  ])('comes before everything else: %s', (_, of, told) => {
    expect(syncSummary(of, { ...told, sync: { ...told.sync, enabled: false } }, NOW_MS)).toBe('refused')
  })
})

it('says that it is switched off when it is', () => {
  expect(syncSummary(link, { ...status, sync: { ...status.sync, enabled: false } }, NOW_MS)).toBe('off')
})

it('claims nothing of a node that is away, or of what has not been looked up', () => {
  expect(syncSummary({ ...link, reachable: false }, status, NOW_MS)).toBe('away')
  expect(syncSummary({ ...link, reachable: undefined }, status, NOW_MS)).toBe('unknown')
  expect(syncSummary({ ...link, unsent: undefined }, status, NOW_MS)).toBe('unknown')
  expect(syncSummary(link, undefined, NOW_MS)).toBe('unknown')
})
