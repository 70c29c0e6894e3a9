/** Statuses as nodes tell them, for what reads them. */
import type { BranchNodeStatus, BranchRow, CloudNodeStatus } from '../../../schemas/protocol/status.ts'

export const AT = '2026-05-01T08:00:00.000Z'

export function cloudStatus(changed: Partial<CloudNodeStatus> = {}): CloudNodeStatus {
  return {
    node: 'cloud',
    time: AT,
    version: '0.1.0',
    branches: [],
    collections: { orders: { documents: 12 } },
    mirrors: [],
    exceptions: 0,
    negativeBalances: 0,
    ...changed,
  }
}

export function branchRow(id: string, changed: Partial<BranchRow> = {}): BranchRow {
  return {
    id,
    name: id.toUpperCase(),
    enabled: true,
    lastHeartbeatAt: AT,
    reported: {
      backlog: { documents: 3, oldestSince: AT },
      classes: [],
      exceptions: 1,
      disk: { free: 5000, store: 700 },
      clockOffsetMs: -1500,
      version: '0.1.0',
      host: 'till',
    },
    toFetch: 4,
    verdict: { state: 'in-sync', checkedAt: AT },
    documents: { here: 10 },
    ...changed,
  }
}

export function branchStatus(changed: Partial<BranchNodeStatus> = {}): BranchNodeStatus {
  return {
    node: 'branch',
    time: AT,
    version: '0.1.0',
    branchId: 'north',
    sync: {
      enabled: true,
      cloudUrl: 'https://hq.example.com',
      settings: { suspended: [] },
      suspendedNow: [],
      verdict: { state: 'behind' },
      running: false,
      lastContactAt: AT,
      failures: 2,
    },
    backlog: { documents: 5, oldestSince: AT },
    collections: { orders: { documents: 8, backlog: { documents: 5, oldestSince: AT } } },
    exceptions: 0,
    ...changed,
  }
}
