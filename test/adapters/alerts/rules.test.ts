import { describe, expect, test } from 'vitest'
import { findTroubles } from '../../../adapters/alerts/rules.ts'
import { RULE_NAMES, USUAL_THRESHOLDS } from '../../../adapters/alerts/thresholds.ts'
import type { AlertLevel, AlertRule } from '../../../schemas/protocol/alerts.ts'
import type { ReconcileRun, ReconciliationStatus } from '../../../schemas/protocol/reconciliation.ts'
import {
  branchRow,
  chainSnapshot,
  iso,
  mirrorStatus,
  NOW_MS,
  syncFigures,
  type MadeSnapshot,
} from '../../support/chain-snapshot.ts'

const found = (made: MadeSnapshot) =>
  findTroubles(chainSnapshot(made), USUAL_THRESHOLDS).findings.map(({ key, level }) => `${key} ${level}`)
const ofBranch = (...args: Parameters<typeof branchRow>): MadeSnapshot => ({
  status: { branches: [branchRow(...args)] },
})
const ofFigures = (changed: Parameters<typeof syncFigures>[0]): MadeSnapshot => ({
  figures: { all: syncFigures(changed) },
})
const ofMirror = (changed: Parameters<typeof mirrorStatus>[0]): MadeSnapshot => ({
  status: { mirrors: [mirrorStatus(changed)] },
})
const compared = (changed: Partial<ReconciliationStatus>): MadeSnapshot => ({
  status: { reconciliation: { open: 0, waiting: [], closed: 0, next: {}, ...changed } },
})
const SILENT_SINCE = (seconds: number) => ({ lastHeartbeatAt: iso(NOW_MS - seconds * 1000) })
const ERROR = { code: 'DISK_FULL', message: 'the disk is full', at: iso(NOW_MS) } as const
const IDENTITY = { node: 'cloud', id: 'x' } as never

test('nothing is wrong with a healthy chain', () => {
  const branches = [branchRow('b1'), branchRow('b2')]
  expect(found({ status: { branches, mirrors: [mirrorStatus()] } })).toEqual([])
})

/** From where on each rule speaks, and the last that it takes: requirement 003 §5.1 and §5.3. */
const LIMITS: readonly (readonly [rule: AlertRule, level: AlertLevel, silent: MadeSnapshot, loud: MadeSnapshot])[] = [
  ['success-rate', 'notice', ofFigures({ successRate: 0.999 }), ofFigures({ successRate: 0.9989 })],
  ['success-rate', 'warning', ofFigures({ successRate: 1 }), ofFigures({ successRate: 0.9899 })],
  ['success-rate', 'critical', ofFigures({ successRate: 1 }), ofFigures({ successRate: 0.9499 })],
  ['delay', 'warning', ofFigures({ meanDelayMs: 180_000 }), ofFigures({ meanDelayMs: 181_000 })],
  ['failures', 'warning', ofFigures({ failedLastHour: 10 }), ofFigures({ failedLastHour: 11 })],
  ['retries', 'notice', { retries: 10 }, { retries: 11 }],
  ['retries', 'warning', {}, { retries: 51 }],
  ['differences', 'warning', compared({ open: 0 }), compared({ open: 1 })],
  ['differences', 'critical', {}, compared({ open: 101 })],
  ['exceptions', 'warning', {}, { status: { exceptions: 1 } }],
  ['disk', 'warning', { disk: { free: 1_000_000_000 } }, { disk: { free: 999_000_000 } }],
  ['disk', 'critical', { disk: undefined }, { disk: { free: 199_000_000 } }],
  ['storage', 'critical', {}, { status: { storage: ERROR } }],
  [
    'reconciliation-failed',
    'warning',
    compared({ last: { state: 'done' } as ReconcileRun }),
    compared({ last: { state: 'failed' } as ReconcileRun }),
  ],
  [
    'backup-failed',
    'warning',
    { status: { backup: { state: 'waiting', identity: IDENTITY, folder: 'b' } } },
    { status: { backup: { state: 'waiting', identity: IDENTITY, folder: 'b', lastError: ERROR } } },
  ],
]

test.each(LIMITS)('%s becomes a %s', (rule, level, silent, loud) => {
  expect(found(silent)).toEqual([])
  expect(found(loud)).toEqual([`${rule} ${level}`])
})

const OF_BRANCHES: readonly (readonly [AlertRule, AlertLevel, silent: MadeSnapshot, loud: MadeSnapshot])[] = [
  [
    'consecutive-failures',
    'critical',
    { ...ofBranch('b1'), figures: { branches: { b1: syncFigures({ consecutiveFailures: 20 }) } } },
    { ...ofBranch('b1'), figures: { branches: { b1: syncFigures({ consecutiveFailures: 21 }) } } },
  ],
  [
    'backlog',
    'warning',
    ofBranch('b1', { reported: { backlog: { documents: 50 } } }),
    ofBranch('b1', { reported: { backlog: { documents: 51 } } }),
  ],
  [
    'differences',
    'warning',
    ofBranch('b1', { verdict: { state: 'behind' } }),
    ofBranch('b1', { verdict: { state: 'differs', checkedAt: iso(NOW_MS) } }),
  ],
  ['silent-branch', 'warning', ofBranch('b1', SILENT_SINCE(600)), ofBranch('b1', SILENT_SINCE(601))],
  [
    'suspected-clone',
    'warning',
    ofBranch('b1', { suspected: [] }),
    ofBranch('b1', { suspected: [{ epoch: 'e', host: 'h', heardAt: iso(0) }] }),
  ],
  ['exceptions', 'warning', ofBranch('b1'), ofBranch('b1', { reported: { exceptions: 1 } })],
  [
    'clock-offset',
    'notice',
    ofBranch('b1', { reported: { clockOffsetMs: 60_999 } }),
    ofBranch('b1', { reported: { clockOffsetMs: -61_000 } }),
  ],
  ['clock-offset', 'warning', ofBranch('b1'), ofBranch('b1', { reported: { clockOffsetMs: 301_000 } })],
  ['disk', 'critical', ofBranch('b1'), ofBranch('b1', { reported: { disk: { free: 1, store: 1 } } })],
]

test.each(OF_BRANCHES)('%s of a branch becomes a %s', (rule, level, silent, loud) => {
  expect(found(silent)).toEqual([])
  expect(found(loud)).toEqual([`${rule}:b1 ${level}`])
})

describe('of a branch', () => {
  const silent = SILENT_SINCE(90_000)

  test('nothing is wrong where it is disabled, retired or was never set up', () => {
    expect(found(ofBranch('b1', { ...silent, enabled: false }))).toEqual([])
    expect(found(ofBranch('b1', { ...silent, retired: true }))).toEqual([])
    const { lastHeartbeatAt: _, reported: __, ...unheard } = branchRow('b1')
    expect(found({ status: { branches: [unheard] } })).toEqual([])
  })

  test('nobody knows that it is silent before headquarters has listened for so long itself', () => {
    const made = ofBranch('b1', silent)
    expect(found({ ...made, listeningSinceMs: NOW_MS - 600_000 })).toEqual([])
    expect(found({ ...made, listeningSinceMs: NOW_MS - 601_000 })).toEqual(['silent-branch:b1 warning'])
  })

  test('nobody knows whether it still differs once it was compared long ago, or what it holds after a start', () => {
    const unknown = (made: MadeSnapshot) => [...findTroubles(chainSnapshot(made), USUAL_THRESHOLDS).unknown]
    const differed = (seconds: number) =>
      ofBranch('b1', { verdict: { state: 'differs', checkedAt: iso(NOW_MS - seconds * 1000) } })
    expect(found(differed(60))).toEqual(['differences:b1 warning'])
    expect([found(differed(61)), unknown(differed(61))]).toEqual([[], expect.arrayContaining(['differences:b1'])])
    const started = { ...ofMirror({ state: 'starting' }), disk: undefined }
    const keys = [
      'disk',
      'mirror-parked:outpost',
      'mirror-stopped:outpost',
      'backup-failed',
      'success-rate',
      'burn-rate',
    ]
    expect(unknown({ ...started, figures: 'unread' })).toEqual(expect.arrayContaining(keys))
  })

  test('a heartbeat from before the clock was set back counts as heard when headquarters began to listen', () => {
    const ahead = ofBranch('b1', SILENT_SINCE(-86_400))
    expect(found({ ...ahead, listeningSinceMs: NOW_MS - 600_000 })).toEqual([])
    expect(found({ ...ahead, listeningSinceMs: NOW_MS - 601_000 })).toEqual(['silent-branch:b1 warning'])
    expect(found({ ...ofBranch('b1', SILENT_SINCE(-30)), listeningSinceMs: 0 })).toEqual([])
  })

  test('what it has to send is no backlog while it loads for the first time', () => {
    const reported = { backlog: { documents: 5000 } }
    expect(found(ofBranch('b1', { reported, loading: { here: 1, of: 9000 } }))).toEqual([])
  })

  test('each has its own alerts', () => {
    const branches = ['b1', 'b2'].map((id) => branchRow(id, { ...silent, reported: { exceptions: 2 } }))
    const keys = ['silent-branch:b1', 'exceptions:b1', 'silent-branch:b2', 'exceptions:b2']
    expect(found({ status: { branches } })).toEqual(keys.map((key) => `${key} warning`))
  })
})

describe('of a mirror', () => {
  test('documents that MySQL refused are told', () => {
    expect(found(ofMirror({ parked: 3 }))).toEqual(['mirror-parked:outpost warning'])
  })

  test.each(['waiting', 'stopped', 'deposed'] as const)('that it is %s is told', (state) => {
    expect(found(ofMirror({ state }))).toEqual(['mirror-stopped:outpost warning'])
  })

  test.each(['starting', 'paused'] as const)('that it is %s is no trouble', (state) => {
    expect(found(ofMirror({ state }))).toEqual([])
  })
})

test('a rate of a handful of exchanges says nothing', () => {
  expect(found(ofFigures({ successRate: 0.5, requests: 19 }))).toEqual([])
  expect(found(ofFigures({ successRate: 0.5, requests: 20 }))).toEqual(['success-rate critical'])
  expect(found({ figures: { all: { ...syncFigures({ requests: 0 }) } } })).toEqual([])
})

test('a rate is never rounded up to what would be enough', () => {
  const made = chainSnapshot(ofFigures({ successRate: 0.998_999_9 }))
  const [finding] = findTroubles(made, USUAL_THRESHOLDS).findings
  expect(finding).toMatchObject({ value: 99.899, threshold: 99.9 })
})

test('thresholds are those that are set, and a rule that is off is silent', () => {
  const thresholds = { ...USUAL_THRESHOLDS, retries: { critical: 3 }, exceptions: {} }
  const made = chainSnapshot({ retries: 11, status: { exceptions: 9 } })
  expect(findTroubles(made, thresholds).findings).toEqual([
    { key: 'retries', rule: 'retries', level: 'critical', value: 11, threshold: 3 },
  ])
})

test('every rule has an example here', () => {
  const told = [...LIMITS, ...OF_BRANCHES].map(([rule]) => rule)
  const elsewhere: AlertRule[] = ['burn-rate', 'mirror-parked', 'mirror-stopped']
  expect([...new Set([...told, ...elsewhere])].toSorted()).toEqual(RULE_NAMES.toSorted())
})
