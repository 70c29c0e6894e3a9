/** What is wrong with the chain at one moment, told from a snapshot alone. */
import type { Alert, AlertRule } from '../../schemas/protocol/alerts.ts'
import { FRESH_MS } from '../../schemas/fresh-verdict.ts'
import type { BranchRow, MirrorStatus } from '../../schemas/protocol/status.ts'
import { burning } from './burn-rate.ts'
import type { ChainSnapshot } from './chain-snapshot.ts'
import { ALERT_RULES, FEWEST_REQUESTS, reached, type Thresholds } from './thresholds.ts'

export type Finding = Pick<Alert, 'key' | 'rule' | 'level' | 'about' | 'value' | 'threshold'>

/** One figure that a rule looks at. */
interface Figure {
  readonly rule: Exclude<AlertRule, 'burn-rate'>
  readonly about?: string
  readonly value: number
}

const MB = 1_000_000

export function findTroubles(snapshot: ChainSnapshot, thresholds: Thresholds): Finding[] {
  const { status, nowMs } = snapshot
  const figures = [
    ...figuresOfChain(snapshot),
    ...status.branches.flatMap((branch) => figuresOfBranch(branch, snapshot)),
    ...status.mirrors.flatMap(figuresOfMirror),
  ]
  const found = figures.flatMap(({ rule, about, value }): Finding[] => {
    const grave = reached(value, thresholds[rule], ALERT_RULES[rule].isBelow === true)
    if (!grave) return []
    const key = about === undefined ? rule : `${rule}:${about}`
    return [{ key, rule, ...(about !== undefined && { about }), value, ...grave }]
  })
  const burns = burning(snapshot.figures.buckets, thresholds['burn-rate'], nowMs)
  return burns ? [...found, { key: 'burn-rate', rule: 'burn-rate', ...burns, value: rounded(burns.value) }] : found
}

function figuresOfChain({ status, figures: { all }, retries, disk }: ChainSnapshot): Figure[] {
  const { reconciliation, backup } = status
  return [
    ...(all && all.successRate !== undefined && all.requests >= FEWEST_REQUESTS
      ? [{ rule: 'success-rate' as const, value: Math.floor(all.successRate * 100_000) / 1000 }]
      : []),
    ...(all?.meanDelayMs === undefined ? [] : [{ rule: 'delay' as const, value: seconds(all.meanDelayMs) }]),
    ...(all ? [{ rule: 'failures' as const, value: all.failedLastHour }] : []),
    { rule: 'retries', value: retries },
    { rule: 'differences', value: reconciliation?.open ?? 0 },
    { rule: 'exceptions', value: status.exceptions },
    ...(disk ? [{ rule: 'disk' as const, value: Math.floor(disk.free / MB) }] : []),
    { rule: 'storage', value: Number(status.storage !== undefined) },
    { rule: 'reconciliation-failed', value: Number(reconciliation?.last?.state === 'failed') },
    { rule: 'backup-failed', value: Number(backup?.lastError !== undefined) },
  ]
}

/** Of one that is not expected, nothing is wrong. */
function figuresOfBranch(branch: BranchRow, { figures, nowMs, listeningSinceMs }: ChainSnapshot): Figure[] {
  const { id: about, enabled, retired, lastHeartbeatAt, reported, suspected, loading, verdict } = branch
  if (!enabled || retired === true) return []
  const own = figures.ofBranch(about)
  const heardMs = lastHeartbeatAt === undefined ? undefined : Date.parse(lastHeartbeatAt)
  // One far ahead of the clock was heard before that was set back, nobody knows when.
  const isAhead = heardMs !== undefined && heardMs - nowMs > FRESH_MS
  const sinceMs = heardMs === undefined || isAhead ? listeningSinceMs : Math.max(heardMs, listeningSinceMs)
  const offset = reported?.clockOffsetMs
  return [
    ...(own ? [{ rule: 'consecutive-failures' as const, about, value: own.consecutiveFailures }] : []),
    // One that was never heard has not been set up yet.
    ...(heardMs === undefined ? [] : [{ rule: 'silent-branch' as const, about, value: seconds(nowMs - sinceMs) }]),
    { rule: 'suspected-clone', about, value: Number((suspected?.length ?? 0) > 0) },
    { rule: 'differences', about, value: Number(verdict.state === 'differs') },
    ...(reported
      ? [
          // What a first load has to send is no backlog.
          { rule: 'backlog' as const, about, value: loading ? 0 : reported.backlog.documents },
          { rule: 'exceptions' as const, about, value: reported.exceptions },
        ]
      : []),
    ...(reported?.disk ? [{ rule: 'disk' as const, about, value: Math.floor(reported.disk.free / MB) }] : []),
    ...(offset === undefined ? [] : [{ rule: 'clock-offset' as const, about, value: seconds(Math.abs(offset)) }]),
  ]
}

/** `waiting`: MySQL is away. A person who has paused a mirror knows that it stands. */
const STANDS: readonly MirrorStatus['state'][] = ['waiting', 'stopped', 'deposed']

function figuresOfMirror({ name: about, state, parked }: MirrorStatus): Figure[] {
  return [
    { rule: 'mirror-parked', about, value: parked },
    { rule: 'mirror-stopped', about, value: Number(STANDS.includes(state)) },
  ]
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
