/** How old the figures are, in words: when they were read, what the mirror lacks, which branches may not have handed over everything. */
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge, formatDuration, formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { nodeNow, tick, type Heard } from '../../../adapters/ui/live-status.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { FRESH_MS } from '../../../schemas/fresh-verdict.ts'
import type { DashboardMirror } from '../../../schemas/protocol/dashboards.ts'
import type { BranchRow, CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { collectionName } from '../words.ts'
import { shownFigures, type Figures } from './dashboard-data.ts'
import { d } from './dashboard-words.ts'

/** Beyond them they are counted. */
const BRANCHES_SHOWN = 5

export function Freshness(props: {
  heard: Heard<CloudNodeStatus> | undefined
  timeZone: string
  branch: string | undefined
  onRefresh: () => void
}): JSX.Element {
  const all = Object.values(shownFigures.value)
  const there = all.filter(isThere)
  const oldest = there.toSorted((a, b) => a.atMs - b.atMs)[0]
  const mirror = oldest?.dashboard.mirror
  const isReading = all.some(({ kind }) => kind === 'loading')
  return (
    <>
      <div class="freshness">
        <p class="muted small" role="status" data-testid="freshness">
          {isReading || !oldest ? d('read.short') : d('read', { age: ageOf(tick.value - oldest.atMs) })}
          {mirror && !isReading && (
            <> · {levelInWords(mirror, Date.parse(oldest.dashboard.at) + tick.value - oldest.atMs)}</>
          )}
          {' · '}
          {d('zone', { zone: props.timeZone })}
        </p>
        <div class="row">
          <Button testId="refresh" onClick={props.onRefresh}>
            {d('refresh')}
          </Button>
          <Button kind="quiet" testId="print" onClick={() => print()}>
            {d('print')}
          </Button>
        </div>
      </div>
      {mirror && mirror.state !== 'running' && (
        <Notice tone="busy" testId="mirror-state">
          {d(`fresh.state.${mirror.state}`)}
        </Notice>
      )}
      {mirror && mirror.filling.length > 0 && (
        <Notice tone="busy">
          {d('fresh.filling', {
            collections: formatList(mirror.filling.map((name) => collectionName(name, language.value))),
          })}
        </Notice>
      )}
      {props.heard && <Missing heard={props.heard} branch={props.branch} />}
    </>
  )
}

/** A figure of a chain is whole only where its branches have handed over what they have. */
function Missing({ heard, branch }: { heard: Heard<CloudNodeStatus>; branch: string | undefined }): JSX.Element | null {
  const now = nodeNow(heard)
  const late = heard.status.branches.filter((row) => isLate(row, now) && (branch === undefined || row.id === branch))
  if (late.length === 0) return null
  const named = late
    .slice(0, BRANCHES_SHOWN)
    .map(({ name, lastHeartbeatAt }) =>
      lastHeartbeatAt
        ? d('fresh.branch', { branch: name, age: formatAge(lastHeartbeatAt, now) })
        : d('fresh.never', { branch: name }),
    )
  if (late.length > BRANCHES_SHOWN) named.push(d('fresh.more', { count: late.length - BRANCHES_SHOWN }))
  return (
    <Notice tone="neutral" testId="late-branches">
      {d('fresh.branches', { branches: formatList(named) })}
    </Notice>
  )
}

function isLate({ retired, enabled, lastHeartbeatAt, reported }: BranchRow, now: number): boolean {
  if (retired || !enabled) return false
  if (!lastHeartbeatAt || now - Date.parse(lastHeartbeatAt) > FRESH_MS) return true
  return reported?.classes.some((one) => one.class === ORDERS_CLASS && one.documents > 0) ?? false
}

/** As `schemas/collections/orders.ts` has it. */
const ORDERS_CLASS = 80

function levelInWords({ lag, writtenAt }: DashboardMirror, now: number): string {
  if (lag === 0) return d('fresh.level')
  const words = d('fresh.lag', { count: formatNumber(lag) })
  return writtenAt === undefined ? words : `${words} · ${d('fresh.written', { age: formatAge(writtenAt, now) })}`
}

function ageOf(ms: number): string {
  return language.value === 'zh' ? `${formatDuration(ms)}前` : `${formatDuration(ms)} ago`
}

function isThere(figures: Figures): figures is Extract<Figures, { kind: 'there' }> {
  return figures.kind === 'there'
}
