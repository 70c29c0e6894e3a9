/** One row per branch, with what was checked and how long ago. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../adapters/ui/badge.tsx'
import { formatAge, formatNumber } from '../../adapters/ui/format.ts'
import { shownVerdict } from '../../adapters/ui/shown-verdict.ts'
import { FRESH_MS } from '../../schemas/fresh-verdict.ts'
import { Table, type Column } from '../../adapters/ui/table.tsx'
import type { BranchRow } from '../../schemas/protocol/status.ts'
import { t } from './words.ts'

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
      cell: (row) => (
        <div>
          <strong>{row.name}</strong>
          <small>
            {row.id}
            {row.reported && ` · ${t('branch.version', { version: row.reported.version })}`}
          </small>
          {!row.enabled && <Badge tone="neutral">{t('branch.disabled')}</Badge>}
        </div>
      ),
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
      cell: (row) => formatNumber(row.toFetch),
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

function Verdict({ row, now, current }: { row: BranchRow; now: number; current: boolean }): JSX.Element {
  const shown = shownVerdict(row.verdict, now, current)
  return (
    <div>
      <Badge tone={VERDICT_TONES[shown.state]} testId={`branch-verdict-${row.id}`}>
        {t(`verdict.${shown.state}`)}
      </Badge>
      <small>
        {shown.checkedAt ? t('verdict.checked', { age: formatAge(shown.checkedAt, now) }) : t('verdict.unchecked')}
      </small>
    </div>
  )
}

function Heartbeat({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  if (!row.lastHeartbeatAt) return <span class="muted">{t('branch.silent')}</span>
  const age = formatAge(row.lastHeartbeatAt, now)
  return row.enabled && isOld(row.lastHeartbeatAt, now) ? <span class="bad">{age}</span> : <span>{age}</span>
}

function Backlog({ row, now }: { row: BranchRow; now: number }): JSX.Element {
  const backlog = row.reported?.backlog
  if (!backlog) return <span>—</span>
  return (
    <div>
      {formatNumber(backlog.documents)}
      {backlog.oldestSince && <small>{t('branch.oldest', { age: formatAge(backlog.oldestSince, now) })}</small>}
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
    <div class="last-error">
      <code>{error.code}</code>
      <small>
        {error.message} · {formatAge(error.at, now)}
      </small>
    </div>
  )
}

function isOld(iso: string, now: number): boolean {
  return now - Date.parse(iso) > FRESH_MS
}
