/** Who buys, how lately, who is new, and what the chain owes its members. */
import type { JSX } from 'preact'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { SHARED_SCOPE } from '../../../schemas/brand.ts'
import type { Dashboard, DashboardRow } from '../../../schemas/protocol/dashboards.ts'
import { MOST_SERIES } from './chart.tsx'
import { DashboardCard } from './dashboard-card.tsx'
import { daysOf, type Choice } from './dashboard-choice.ts'
import { d, nameOf } from './dashboard-words.ts'
import { branchOf, inCurrency, numberIn, seriesByBranch, textIn } from './figures.ts'
import { labelByDay, ranking } from './sales-cards.tsx'
import { longDay, shortDay, shortNumber } from './short-figures.ts'

export function MemberCards(props: {
  choice: Choice
  currency: string
  /** Names of branches by their ids. */
  branches: ReadonlyMap<string, string>
}): JSX.Element {
  const { choice, currency, branches } = props
  const inOne = ({ rows }: Dashboard) => inCurrency(rows, currency)
  const count = (column: string) => (row: DashboardRow) => formatNumber(numberIn(row, column))
  return (
    <>
      <DashboardCard
        name="new-members"
        choice={choice}
        rowsOf={({ rows }) => rows}
        chart={(rows, { from, to }) => {
          const days = daysOf(from, to)
          const series = seriesByBranch(rows, days, 'members', { most: MOST_SERIES, others: d('others') })
          const label = labelByDay('new-members', days, series, formatNumber)
          return {
            format: formatNumber,
            formatShort: shortNumber,
            whole: true,
            categories: days.map(shortDay),
            series,
            label,
          }
        }}
        columns={[
          { key: 'day', title: d('col.day'), cell: (row) => longDay(textIn(row, 'day')) },
          { key: 'branch', title: d('col.branch'), cell: branchOf },
          { key: 'members', title: d('col.members'), numeric: true, cell: count('members') },
        ]}
        rowKey={(row) => `${textIn(row, 'day')} ${textIn(row, 'branch_id')}`}
      />
      <div class="stack">
        <DashboardCard
          name="member-recency"
          choice={choice}
          rowsOf={(dashboard) => everyRecency(inOne(dashboard))}
          chart={(rows) => ({
            format: formatNumber,
            formatShort: shortNumber,
            whole: true,
            ...ranking('member-recency', rows, recencyOf, 'members', formatNumber),
          })}
          columns={[
            { key: 'since', title: d('col.since'), cell: recencyOf },
            { key: 'members', title: d('col.members'), numeric: true, cell: count('members') },
            {
              key: 'spent',
              title: d('col.spent'),
              numeric: true,
              cell: (row) => formatMoney(numberIn(row, 'spent'), currency),
            },
          ]}
          rowKey={(row) => textIn(row, 'days_since')}
        />
        <DashboardCard
          name="points"
          choice={choice}
          rowsOf={({ rows }) => rows}
          columns={[
            { key: 'whose', title: d('col.whose'), cell: (row) => whoseOf(row, branches) },
            { key: 'members', title: d('col.members'), numeric: true, cell: count('members') },
            { key: 'points', title: d('col.points'), numeric: true, cell: count('points') },
            {
              key: 'value',
              title: d('col.value'),
              numeric: true,
              cell: (row) => formatMoney(numberIn(row, 'stored_value'), textIn(row, 'currency')),
            },
            { key: 'below', title: d('col.below'), numeric: true, cell: count('below_zero') },
          ]}
          rowKey={(row) => textIn(row, 'scope')}
        />
      </div>
      <DashboardCard
        name="members"
        choice={choice}
        rowsOf={inOne}
        columns={[
          { key: 'member', title: d('col.member'), cell: (row) => textIn(row, 'member_name') || d('member.nameless') },
          { key: 'orders', title: d('col.orders'), numeric: true, cell: count('orders') },
          {
            key: 'spent',
            title: d('col.spent'),
            numeric: true,
            cell: (row) => formatMoney(numberIn(row, 'spent'), currency),
          },
          { key: 'last', title: d('col.last'), cell: (row) => shortDay(textIn(row, 'last_day')) },
        ]}
        rowKey={(row) => textIn(row, 'member_id')}
      />
    </>
  )
}

const RECENCIES = ['0-30', '31-90', '91-180', '181+']

/** Also those of which there is nobody; nothing where there is nobody at all. */
function everyRecency(rows: readonly DashboardRow[]): readonly DashboardRow[] {
  if (rows.length === 0) return rows
  const found = new Map(rows.map((row) => [textIn(row, 'days_since'), row]))
  return RECENCIES.map((since) => found.get(since) ?? { days_since: since, members: 0, spent: 0 })
}

function recencyOf(row: DashboardRow): string {
  return nameOf('recency', textIn(row, 'days_since'))
}

function whoseOf(row: DashboardRow, branches: ReadonlyMap<string, string>): string {
  const scope = textIn(row, 'scope')
  return scope === SHARED_SCOPE ? d('points.shared') : (branches.get(scope) ?? scope)
}
