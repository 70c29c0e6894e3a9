/** One figure: its chart, the same as a table, and as a file. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { pageOf, Pager } from '../../../adapters/ui/pager.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import {
  MOST_DASHBOARD_ROWS,
  type Dashboard,
  type DashboardName,
  type DashboardRow,
} from '../../../schemas/protocol/dashboards.ts'
import { Chart, type ChartProps } from './chart.tsx'
import type { Choice } from './dashboard-choice.ts'
import type { Failure } from '../frame/ask-node.ts'
import { dashboardOf, downloadCsv, isRanking, shownFigures } from './dashboard-data.ts'
import { d } from './dashboard-words.ts'
import { failureInWords } from './failure-in-words.ts'

export interface CardProps {
  readonly name: DashboardName
  /** What the card is called, in words and in tests, where it is not the only one of its figure. */
  readonly as?: 'sales-by-branch'
  readonly choice: Choice
  /** Takes the width of the page. */
  readonly wide?: boolean
  /** Those that are shown; the file has all. */
  readonly rowsOf: (dashboard: Dashboard) => readonly DashboardRow[]
  /** Without one there is only the table. */
  readonly chart?: (rows: readonly DashboardRow[], dashboard: Dashboard) => Omit<ChartProps, 'testId'>
  readonly columns: readonly Column<DashboardRow>[]
  /** Names a row among those of the table. */
  readonly rowKey: (row: DashboardRow) => string
}

/** A browser takes seconds to lay out thousands. */
const PAGE_ROWS = 100

export function DashboardCard(props: CardProps): JSX.Element {
  const { name } = props
  const called = props.as ?? name
  const title = d(`${called}.title`)
  const figures = shownFigures.value[name]
  const dashboard = dashboardOf(name)
  const [failure, setFailure] = useState<Failure | undefined>(undefined)
  const rows = dashboard ? props.rowsOf(dashboard) : []
  return (
    <section
      class={props.wide ? 'card stack figure wide' : 'card stack figure'}
      aria-busy={figures?.kind === 'loading'}
      data-testid={called}
    >
      <div class="head">
        <h2>{title}</h2>
        <Button
          kind="quiet"
          label={d('csv.label', { title })}
          testId={`${called}-csv`}
          onClick={() => void downloadCsv(name, props.choice, language.value).then(setFailure)}
        >
          {d('csv')}
        </Button>
      </div>
      {failure && <Notice tone="bad">{failureInWords(failure)}</Notice>}
      {figures?.kind === 'failed' && <p class="muted">{d('failed.here')}</p>}
      {figures?.kind === 'loading' && !dashboard && (
        <p class="muted" role="status">
          {d('loading')}
        </p>
      )}
      {dashboard && rows.length === 0 && (
        <p class="muted empty-figure" data-testid={`${called}-empty`}>
          {d(`${name}.empty`)}
        </p>
      )}
      {dashboard && rows.length > 0 && (
        <Shown {...props} called={called} title={title} rows={rows} dashboard={dashboard} />
      )}
    </section>
  )
}

function Shown(
  props: CardProps & { called: string; title: string; rows: readonly DashboardRow[]; dashboard: Dashboard },
): JSX.Element {
  const { name, called, title, rows, dashboard } = props
  const empty = d(`${name}.empty`)
  const [chosen, choosePage] = useState(0)
  const page = pageOf(rows, chosen, PAGE_ROWS)
  const table = (
    <>
      <Table caption={title} columns={props.columns} rows={page.rows} rowKey={props.rowKey} empty={empty} />
      <Pager title={title} of={page} onTurn={choosePage} />
    </>
  )
  return (
    <>
      {props.chart ? (
        <>
          <Chart {...props.chart(rows, dashboard)} testId={`${called}-chart`} />
          <details>
            <summary data-testid={`${called}-table`}>{d('table')}</summary>
            {table}
          </details>
        </>
      ) : (
        table
      )}
      {dashboard.truncated && (
        <p class="muted small" data-testid={`${called}-truncated`}>
          {d(isRanking(name) ? 'truncated' : 'truncated.most', {
            count: formatNumber(dashboard.rows.length),
            most: formatNumber(MOST_DASHBOARD_ROWS),
          })}
        </p>
      )}
    </>
  )
}
