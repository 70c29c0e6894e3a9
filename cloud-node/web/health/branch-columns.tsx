/** What the table tells of each branch. */
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatAge, formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { isTooBad } from '../../../adapters/ui/sync/figure-tones.ts'
import { formatShare } from '../../../adapters/ui/sync/sync-words.ts'
import type { Column } from '../../../adapters/ui/table.tsx'
import { isSilent, knownLink } from '../../../schemas/branch-standing.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { hashOf } from '../frame/place.ts'
import { t } from '../words.ts'
import type { BranchItem } from './branch-items.ts'
import { chosenOf, type HealthChoice } from './health-choice.ts'
import { o, troubleInWords } from './health-words.ts'
import { largest } from './spark-paths.ts'
import { Sparkline } from './sparkline.tsx'
import { StandingBadge } from './standing-badge.tsx'

const DAY_MS = 86_400_000

/** @param choice what leads back from a branch */
export function branchColumns(now: number, choice: HealthChoice): Column<BranchItem>[] {
  const column = (
    key: 'branch' | 'standing' | 'heartbeat' | 'success' | 'backlog' | 'fetch' | 'exceptions',
    cell: Column<BranchItem>['cell'],
  ) => ({ key, title: o(`col.${key}`), sortable: true, cell })
  return [
    column('branch', ({ row }) => <Name row={row} choice={choice} />),
    { ...column('standing', (item) => <Standing item={item} now={now} />), help: o('col.standing.help') },
    { ...column('heartbeat', ({ row }) => <Heartbeat row={row} now={now} />), help: o('col.heartbeat.help') },
    { ...column('success', (item) => <Success item={item} />), help: o('col.success.help') },
    {
      ...column('backlog', (item) => <Backlog item={item} now={now} />),
      help: o('col.backlog.help'),
      numeric: true,
    },
    { ...column('fetch', ({ row }) => <ToFetch row={row} />), help: o('col.fetch.help'), numeric: true },
    { ...column('exceptions', ({ row }) => <Exceptions row={row} />), help: o('col.exceptions.help'), numeric: true },
    {
      key: 'sales',
      title: o('col.sales'),
      help: o('col.sales.help'),
      numeric: true,
      cell: ({ row }) => <Sales row={row} now={now} />,
    },
    {
      key: 'error',
      title: o('col.error'),
      help: o('col.error.help'),
      cell: ({ row }) => <LastError row={row} now={now} />,
    },
  ]
}

function Name({ row, choice }: { row: BranchRow; choice: HealthChoice }): JSX.Element {
  const { id, name, reported } = row
  return (
    <div>
      <a
        class="branch-link"
        href={hashOf('health', new URLSearchParams([['branch', id], ...chosenOf(choice)]))}
        aria-label={o('branch.open', { name })}
        data-testid={`branch-link-${id}`}
      >
        {name}
      </a>
      <small>
        {id}
        {reported && ` · ${reported.version}`}
      </small>
      {row.retired ? (
        <Badge tone="neutral">{t('branch.retired')}</Badge>
      ) : (
        !row.enabled && <Badge tone="neutral">{t('branch.disabled')}</Badge>
      )}
    </div>
  )
}

function Standing({ item, now }: { item: BranchItem; now: number }): JSX.Element {
  const { row, standing, troubles } = item
  const { loading, verdict } = row
  return (
    <div>
      <StandingBadge standing={standing} testId={`branch-verdict-${row.id}`} />
      {row.restored && <Badge tone="busy">{t('branch.restored')}</Badge>}
      {troubles.map((trouble) => (
        <small key={trouble} class="bad">
          {troubleInWords(trouble)}
        </small>
      ))}
      {row.suspected && <Suspected row={row} now={now} />}
      {loading && (
        <small data-testid={`branch-loading-${row.id}`}>
          {t('branch.loading', { here: formatNumber(loading.here), of: formatNumber(loading.of) })}
        </small>
      )}
      {verdict.checkedAt !== undefined && standing !== 'off' && (
        <small>{o('branch.checked', { age: formatAge(verdict.checkedAt, now) })}</small>
      )}
    </div>
  )
}

function Suspected({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  return (
    <div data-testid={`branch-suspected-${row.id}`}>
      {row.suspected!.map(({ epoch, host, heardAt }) => (
        <small key={epoch}>
          {t('branch.keep', { host, age: formatAge(heardAt, now) })}{' '}
          <code>
            outpost cloud branch keep {row.id} --pc {epoch}
          </code>
        </small>
      ))}
    </div>
  )
}

function Heartbeat({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  if (!row.lastHeartbeatAt) return <span class="muted">{o('branch.never')}</span>
  const link = knownLink(row, now)
  const isExpected = row.enabled && !row.retired
  return (
    <div>
      <span class={isExpected && isSilent(row, now) ? 'bad' : ''}>{formatAge(row.lastHeartbeatAt, now)}</span>
      {link && (
        <small class={link.state === 'lost' ? 'bad' : ''} data-testid={`branch-link-state-${row.id}`}>
          {link.state === 'open' ? o('branch.link.open') : o('branch.link.lost', { age: formatAge(link.since, now) })}
        </small>
      )}
    </div>
  )
}

function Success({ item: { figures } }: { item: BranchItem }): JSX.Element {
  if (!figures) return <span class="muted">—</span>
  const { successRate, requests, failed, consecutiveFailures, hours } = figures
  if (successRate === undefined) return <span class="muted">{o('branch.rate.none')}</span>
  const said = { requests: formatNumber(requests), failed: formatNumber(failed) }
  return (
    <div class="with-spark">
      <span class={isTooBad('successRate', successRate) ? 'bad' : ''}>{formatShare(successRate)}</span>
      {hours && <Sparkline label={o('branch.hours', said)} values={hours.requests} bad={hours.failed} />}
      {consecutiveFailures > 1 && (
        <small class="bad">{o('branch.row', { count: formatNumber(consecutiveFailures) })}</small>
      )}
    </div>
  )
}

function Backlog({ item, now }: { item: BranchItem; now: number }): JSX.Element {
  const { row, figures } = item
  const backlog = row.reported?.backlog
  if (!backlog) return <span class="muted">—</span>
  const waited = figures?.hours?.backlog ?? []
  const most = largest(waited)
  return (
    <div class="with-spark">
      <span class={isTooBad('backlog', backlog.documents) ? 'bad' : ''}>{formatNumber(backlog.documents)}</span>
      {most > 0 && <Sparkline label={o('branch.waited', { most: formatNumber(most) })} values={waited} />}
      {backlog.oldestSince && <small>{t('branch.oldest', { age: formatAge(backlog.oldestSince, now) })}</small>}
      {row.lastHeartbeatAt && isSilent(row, now) && (
        <small data-testid={`branch-as-of-${row.id}`}>
          {o('branch.asOf', { age: formatAge(row.lastHeartbeatAt, now) })}
        </small>
      )}
    </div>
  )
}

function ToFetch({ row: { toFetch, unconfirmed = 0 } }: { row: BranchRow }): JSX.Element {
  if (toFetch === undefined) return <span class="muted">—</span>
  return (
    <div>
      {formatNumber(toFetch)}
      {unconfirmed > 0 && <small>{t('branch.unconfirmed', { count: formatNumber(unconfirmed) })}</small>}
    </div>
  )
}

function Exceptions({ row: { id, reported } }: { row: BranchRow }): JSX.Element {
  if (!reported) return <span class="muted">—</span>
  const { exceptions } = reported
  if (exceptions === 0) return <span>{formatNumber(0)}</span>
  return (
    <a class="bad" href={hashOf('exceptions', new URLSearchParams({ branch: id }))}>
      <strong>{formatNumber(exceptions)}</strong>
    </a>
  )
}

function Sales({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  const { stats } = row
  if (!stats) return <span class="muted">—</span>
  const isPast = now - Date.parse(stats.at) > DAY_MS || !row.lastHeartbeatAt || isSilent(row, now)
  return (
    <div class={isPast ? 'muted' : ''} data-testid={`branch-sales-${row.id}`}>
      {formatMoney(stats.sales, stats.currency)}
      <small>
        {t('branch.orders', { count: formatNumber(stats.orders) })} · <span class="nowrap">{stats.day}</span>
      </small>
    </div>
  )
}

function LastError({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  const error = row.reported?.lastError
  if (!error) return <span class="muted">—</span>
  return (
    <div class="last-error" data-testid={`branch-error-${row.id}`}>
      <code>{error.code}</code>
      <small>{formatAge(error.at, now)}</small>
      <small class="clamped" title={error.message}>
        {error.message}
      </small>
    </div>
  )
}
