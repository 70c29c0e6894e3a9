/** One row per branch, with what was checked and how long ago. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { formatAge, formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { shownVerdict } from '../../../adapters/ui/shown-verdict.ts'
import { FRESH_MS } from '../../../schemas/fresh-verdict.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { className, t } from '../words.ts'

export const VERDICT_TONES: Readonly<Record<BranchRow['verdict']['state'], Tone>> = {
  'in-sync': 'good',
  behind: 'busy',
  differs: 'bad',
  unknown: 'unknown',
}

/** @param current whether the figures come from a stream that lives */
export function BranchTable(props: { branches: readonly BranchRow[]; now: number; current: boolean }): JSX.Element {
  const { now, current } = props
  const columns: Column<BranchRow>[] = [
    {
      key: 'branch',
      title: t('col.branch'),
      cell: (row) => <Name row={row} />,
    },
    {
      key: 'verdict',
      title: t('col.verdict'),
      help: t('col.verdict.help'),
      cell: (row) => <Verdict row={row} now={now} current={current} />,
    },
    {
      key: 'heartbeat',
      title: t('col.heartbeat'),
      help: t('col.heartbeat.help'),
      cell: (row) => <Heartbeat row={row} now={now} />,
    },
    {
      key: 'backlog',
      title: t('col.backlog'),
      help: t('col.backlog.help'),
      numeric: true,
      cell: (row) => <Backlog row={row} now={now} />,
    },
    {
      key: 'fetch',
      title: t('col.fetch'),
      help: t('col.fetch.help'),
      numeric: true,
      cell: (row) => <ToFetch row={row} />,
    },
    {
      key: 'exceptions',
      title: t('col.exceptions'),
      help: t('col.exceptions.help'),
      numeric: true,
      cell: (row) => {
        const count = row.reported?.exceptions
        if (count === undefined) return '—'
        return count > 0 ? <strong class="bad">{formatNumber(count)}</strong> : formatNumber(0)
      },
    },
    {
      key: 'sales',
      title: t('col.sales'),
      help: t('col.sales.help'),
      numeric: true,
      cell: (row) => <Sales row={row} now={now} />,
    },
    {
      key: 'documents',
      title: t('col.documents'),
      help: t('col.documents.help'),
      numeric: true,
      cell: (row) => formatNumber(row.documents.here),
    },
    {
      key: 'mirror',
      title: t('col.mirror'),
      help: t('col.mirror.help'),
      numeric: true,
      cell: (row) => <InMirror row={row} />,
    },
    {
      key: 'error',
      title: t('col.error'),
      help: t('col.error.help'),
      cell: (row) => <LastError row={row} now={now} />,
    },
  ]
  return (
    <Table
      caption={t('chain.title')}
      columns={columns}
      rows={props.branches}
      rowKey={(row) => row.id}
      rowTestId={(row) => `branch-row-${row.id}`}
      empty={t('branch.none')}
    />
  )
}

function Name({ row }: { row: BranchRow }): JSX.Element {
  const { reported } = row
  const { disk } = reported ?? {}
  return (
    <div>
      <strong>{row.name}</strong>
      <small>
        {row.id}
        {reported && ` · ${t('branch.version', { version: reported.version })} · ${reported.host}`}
      </small>
      {disk && (
        <small class={disk.free < LITTLE_DISK ? 'bad' : ''}>
          {t('branch.disk', { free: inGigabytes(disk.free), store: inGigabytes(disk.store) })}
        </small>
      )}
      {row.retired ? (
        <Badge tone="neutral">{t('branch.retired')}</Badge>
      ) : (
        !row.enabled && <Badge tone="neutral">{t('branch.disabled')}</Badge>
      )}
    </div>
  )
}

function Verdict({ row, now, current }: { row: BranchRow; now: number; current: boolean }): JSX.Element {
  if (row.retired) return <span class="muted">—</span>
  if (row.suspected) return <Suspected row={row} now={now} />
  const shown = shownVerdict(row.verdict, now, current)
  const { loading } = row
  return (
    <div>
      <Badge tone={VERDICT_TONES[shown.state]} testId={`branch-verdict-${row.id}`}>
        {t(`verdict.${shown.state}`)}
      </Badge>
      {row.restored && <Badge tone="busy">{t('branch.restored')}</Badge>}
      {loading && (
        <small data-testid={`branch-loading-${row.id}`}>
          {t('branch.loading', { here: formatNumber(loading.here), of: formatNumber(loading.of) })}
        </small>
      )}
      <small>
        {shown.checkedAt ? t('verdict.checked', { age: formatAge(shown.checkedAt, now) }) : t('verdict.unchecked')}
      </small>
    </div>
  )
}

function Suspected({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  return (
    <div data-testid={`branch-suspected-${row.id}`}>
      <Badge tone="bad">{t('branch.suspected')}</Badge>
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

function ToFetch({ row }: { row: BranchRow }): JSX.Element {
  if (row.toFetch === undefined) return <span>—</span>
  return (
    <div>
      {formatNumber(row.toFetch)}
      {row.unconfirmed !== undefined && row.unconfirmed > 0 && (
        <small>{t('branch.unconfirmed', { count: formatNumber(row.unconfirmed) })}</small>
      )}
    </div>
  )
}

function Sales({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  const { stats } = row
  if (!stats) return <span class="muted">—</span>
  const isPast = now - Date.parse(stats.at) > DAY_MS || !row.lastHeartbeatAt || isOld(row.lastHeartbeatAt, now)
  return (
    <div class={isPast ? 'muted' : ''} data-testid={`branch-sales-${row.id}`}>
      {formatMoney(stats.sales, stats.currency)}
      <small>
        {t('branch.orders', { count: formatNumber(stats.orders) })} · <span class="nowrap">{stats.day}</span>
      </small>
    </div>
  )
}

function Heartbeat({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  if (!row.lastHeartbeatAt) return <span class="muted">{t('branch.silent')}</span>
  const age = formatAge(row.lastHeartbeatAt, now)
  return row.enabled && !row.retired && isOld(row.lastHeartbeatAt, now) ? (
    <span class="bad">{age}</span>
  ) : (
    <span>{age}</span>
  )
}

function Backlog({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  const backlog = row.reported?.backlog
  if (!backlog) return <span>—</span>
  const classes = row.reported?.classes ?? []
  return (
    <div>
      {formatNumber(backlog.documents)}
      {classes.length === 0 && backlog.oldestSince && (
        <small>{t('branch.oldest', { age: formatAge(backlog.oldestSince, now) })}</small>
      )}
      {classes.map((one) => (
        <small key={one.class}>
          {className(one.class, language.value)} {formatNumber(one.documents)}
          {one.oldestSince && ` · ${formatAge(one.oldestSince, now)}`}
        </small>
      ))}
      {row.lastHeartbeatAt && isOld(row.lastHeartbeatAt, now) && (
        <small>{t('branch.reported', { age: formatAge(row.lastHeartbeatAt, now) })}</small>
      )}
    </div>
  )
}

function InMirror({ row }: { row: BranchRow }): JSX.Element {
  const { here, mirror } = row.documents
  if (mirror === undefined) return <span>—</span>
  return (
    <div>
      {formatNumber(mirror)}
      {mirror < here && <small>{t('branch.missing', { count: formatNumber(here - mirror) })}</small>}
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

function inGigabytes(bytes: number): string {
  return `${formatNumber(Math.round(bytes / 1e7) / 100)}\u00a0GB`
}

function isOld(iso: string, now: number): boolean {
  return now - Date.parse(iso) > FRESH_MS
}

/** A till writes some MB a day; an update takes a few hundred. */
const LITTLE_DISK = 1e9
const DAY_MS = 86_400_000
