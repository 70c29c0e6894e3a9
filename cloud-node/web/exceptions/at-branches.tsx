/** What branches told of their own exceptions: how many, as of when, and who can do something about them. */
import type { JSX } from 'preact'
import { formatAge, formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { x } from './exception-words.ts'

/** A chain may have hundreds. */
const MOST_NAMED = 20

export function AtBranches({ branches, now }: { branches: readonly BranchRow[]; now: number }): JSX.Element {
  const columns: Column<BranchRow>[] = [
    {
      key: 'branch',
      title: x('branches.branch'),
      cell: ({ id, name }) => (
        <div>
          <strong>{name}</strong>
          <small>{id}</small>
        </div>
      ),
    },
    {
      key: 'count',
      title: x('branches.count'),
      numeric: true,
      cell: ({ reported }) => <strong class="bad">{formatNumber(reported?.exceptions ?? 0)}</strong>,
    },
    {
      key: 'asOf',
      title: x('branches.asOf'),
      cell: ({ lastHeartbeatAt }) => (lastHeartbeatAt === undefined ? '—' : formatAge(lastHeartbeatAt, now)),
    },
    {
      key: 'error',
      title: x('branches.error'),
      cell: ({ reported }) =>
        reported?.lastError ? (
          <div>
            <code>{reported.lastError.code}</code>
            <small>{formatAge(reported.lastError.at, now)}</small>
          </div>
        ) : (
          '—'
        ),
    },
  ]
  const there = branches.filter(({ retired, reported }) => retired !== true && (reported?.exceptions ?? 0) > 0)
  const unheard = branches.filter(({ retired, reported }) => retired !== true && !reported)
  return (
    <section class="card stack" aria-label={x('branches.title')} data-testid="exceptions-branches">
      <h2>{x('branches.title')}</h2>
      <p class="muted">{x('branches.text')}</p>
      <pre class="command">outpost exceptions list --side branch</pre>
      <Table
        caption={x('branches.title')}
        columns={columns}
        rows={there}
        rowKey={({ id }) => id}
        rowTestId={({ id }) => `there-${id}`}
        empty={x('branches.none')}
      />
      {unheard.length > 0 && (
        <p class="muted small">
          {x('branches.unheard', {
            branches: formatList(unheard.slice(0, MOST_NAMED).map(({ name }) => name)),
          })}
          {unheard.length > MOST_NAMED && ' …'}
        </p>
      )}
    </section>
  )
}
