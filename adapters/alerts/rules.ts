/** What is wrong with the chain at one moment, told from a snapshot alone. */
import type { Alert, AlertRule } from '../../schemas/protocol/alerts.ts'
import { FRESH_MS } from '../../schemas/fresh-verdict.ts'
import type { BranchRow, MirrorStatus, SyncVerdict } from '../../schemas/protocol/status.ts'
import { burning } from './burn-rate.ts'
import type { ChainSnapshot } from './chain-snapshot.ts'
import { ALERT_RULES, FEWEST_REQUESTS, reached, type Thresholds } from './thresholds.ts'

export type Finding = Pick<Alert, 'key' | 'rule' | 'level' | 'about' | 'value' | 'threshold'>

/** One figure that a rule looks at. */
interface Figure {
  readonly rule: Exclude<AlertRule, 'burn-rate'>
  readonly about?: string
  /** `undefined`: nobody knows at the moment, so nothing begins and nothing is over. */
  readonly value: number | undefined
  /** As much of it as headquarters has seen itself; all of it without this. */
  readonly seen?: number
}

export interface Troubles {
  readonly findings: readonly Finding[]
  /** Keys of what cannot be judged at the moment, as after a start: it is neither found nor over. */
  readonly unknown: ReadonlySet<string>
}

const MB = 1_000_000

export function findTroubles(snapshot: ChainSnapshot, thresholds: Thresholds): Troubles {
  const { status, nowMs } = snapshot
  const figures = [
    ...figuresOfChain(snapshot),
    ...status.branches.flatMap((branch) => figuresOfBranch(branch, snapshot)),
    ...status.mirrors.flatMap(figuresOfMirror),
  ]
  const findings: Finding[] = []
  const unknown = new Set<string>()
  for (const { rule, about, value, seen = value } of figures) {
    const key = about === undefined ? rule : `${rule}:${about}`
    const judged = (of: number) => reached(of, thresholds[rule], ALERT_RULES[rule].isBelow === true)
    const grave = value === undefined || seen === undefined ? undefined : judged(value)
    if (value === undefined || (grave && !judged(seen!))) unknown.add(key)
    else if (grave) findings.push({ key, rule, ...(about !== undefined && { about }), value, ...grave })
  }
  const { buckets } = snapshot.figures
  if (!buckets) unknown.add('burn-rate')
  const burns = buckets && burning(buckets, thresholds['burn-rate'], nowMs)
  if (burns) findings.push({ key: 'burn-rate', rule: 'burn-rate', ...burns, value: rounded(burns.value) })
  return { findings, unknown }
}

/** While the sync log cannot be read. */
const UNCOUNTED: readonly Figure[] = (['success-rate', 'delay', 'failures'] as const).map((rule) => ({
  rule,
  value: undefined,
}))

function figuresOfChain(snapshot: ChainSnapshot): Figure[] {
  const { status, retries, disk } = snapshot
  const { all } = snapshot.figures
  const { reconciliation } = status
  return [
    ...(all === undefined ? UNCOUNTED : []),
    ...(all && all.successRate !== undefined && all.requests >= FEWEST_REQUESTS
      ? [{ rule: 'success-rate' as const, value: Math.floor(all.successRate * 100_000) / 1000 }]
      : []),
    ...(all?.meanDelayMs === undefined ? [] : [{ rule: 'delay' as const, value: seconds(all.meanDelayMs) }]),
    ...(all ? [{ rule: 'failures' as const, value: all.failedLastHour }] : []),
    { rule: 'retries', value: retries },
    { rule: 'differences', value: reconciliation?.open ?? 0 },
    { rule: 'exceptions', value: status.exceptions },
    { rule: 'disk', value: disk && Math.floor(disk.free / MB) },
    { rule: 'storage', value: Number(status.storage !== undefined) },
    { rule: 'reconciliation-failed', value: Number(reconciliation?.last?.state === 'failed') },
    { rule: 'backup-failed', value: backupFailed(snapshot) },
  ]
}

/** After a start nobody knows until the next attempt. */
function backupFailed({ status: { backup }, listeningSinceMs }: ChainSnapshot): number | undefined {
  if (backup?.lastError) return 1
  return backup?.last && Date.parse(backup.last.at) >= listeningSinceMs ? 0 : undefined
}

/** Of one that is not expected, nothing is wrong. */
function figuresOfBranch(branch: BranchRow, { figures, nowMs, listeningSinceMs }: ChainSnapshot): Figure[] {
  const { id: about, enabled, retired, lastHeartbeatAt, reported, suspected, loading, verdict } = branch
  if (!enabled || retired === true) return []
  const own = figures.branches?.[about]
  const heardMs = lastHeartbeatAt === undefined ? undefined : Date.parse(lastHeartbeatAt)
  // One far ahead of the clock was heard before that was set back, nobody knows when.
  const isAhead = heardMs !== undefined && heardMs - nowMs > FRESH_MS
  const silentSinceMs = isAhead ? listeningSinceMs : heardMs
  const offset = reported?.clockOffsetMs
  return [
    { rule: 'consecutive-failures', about, value: own?.consecutiveFailures },
    // One that was never heard has not been set up yet.
    ...(silentSinceMs === undefined
      ? []
      : [
          {
            rule: 'silent-branch' as const,
            about,
            value: seconds(nowMs - silentSinceMs),
            seen: seconds(nowMs - Math.max(silentSinceMs, listeningSinceMs)),
          },
        ]),
    { rule: 'suspected-clone', about, value: Number((suspected?.length ?? 0) > 0) },
    { rule: 'differences', about, value: differs(verdict, nowMs) },
    ...(reported
      ? [
          // What a first load has to send is no backlog.
          { rule: 'backlog' as const, about, value: loading ? 0 : reported.backlog.documents },
          { rule: 'exceptions' as const, about, value: reported.exceptions },
        ]
      : []),
    { rule: 'disk', about, value: reported?.disk && Math.floor(reported.disk.free / MB) },
    { rule: 'clock-offset', about, value: offset === undefined ? undefined : seconds(Math.abs(offset)) },
  ]
}

/** Nobody knows what has become of a branch that was compared long ago, or of one that could not be. */
function differs({ state, checkedAt }: SyncVerdict, nowMs: number): number | undefined {
  const isOld = checkedAt === undefined || Math.abs(nowMs - Date.parse(checkedAt)) > FRESH_MS
  if (state === 'unknown' || (state === 'differs' && isOld)) return undefined
  return Number(state === 'differs')
}

/** `waiting`: MySQL is away. A person who has paused a mirror knows that it stands. */
const STANDS: readonly MirrorStatus['state'][] = ['waiting', 'stopped', 'deposed']

function figuresOfMirror({ name: about, state, parked }: MirrorStatus): Figure[] {
  return [
    // How many there are is read from MySQL.
    { rule: 'mirror-parked', about, value: state === 'running' || parked > 0 ? parked : undefined },
    { rule: 'mirror-stopped', about, value: state === 'starting' ? undefined : Number(STANDS.includes(state)) },
  ]
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
