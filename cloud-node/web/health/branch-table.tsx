/** The branches that are chosen, a page of them, each with what was checked and how long ago. */
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { pageOf, Pager } from '../../../adapters/ui/pager.tsx'
import { Select } from '../../../adapters/ui/select.tsx'
import { Table } from '../../../adapters/ui/table.tsx'
import { BRANCH_STANDINGS } from '../../../schemas/branch-standing.ts'
import { branchColumns } from './branch-columns.tsx'
import { chosenItems, type BranchItem } from './branch-items.ts'
import { NO_CHOICE, SORT_COLUMNS, sortedBy, type HealthChoice, type SortColumn } from './health-choice.ts'
import { o, standingInWords } from './health-words.ts'

/** On a page: as many as can be drawn anew with every change, and more than anybody reads at once. */
const PAGE_ROWS = 25

export interface BranchTableProps {
  readonly items: readonly BranchItem[]
  readonly choice: HealthChoice
  readonly onChoose: (choice: HealthChoice) => void
  readonly now: number
}

export function BranchTable(props: BranchTableProps): JSX.Element {
  const { items, choice, onChoose, now } = props
  const page = pageOf(chosenItems(items, choice), choice.page, PAGE_ROWS)
  const isNarrowed = choice.standing !== undefined || choice.find !== ''
  return (
    <section class="card flush branches" data-testid="branches">
      <div class="table-bar">
        <Field
          label={o('table.find')}
          placeholder={o('table.find.hint')}
          type="search"
          inputMode="search"
          value={choice.find}
          testId="find-branch"
          onInput={(find) => onChoose({ ...choice, find, page: 0 })}
        />
        <Select
          label={o('table.standing')}
          value={choice.standing ?? ''}
          options={[['', o('table.all')], ...BRANCH_STANDINGS.map((one) => [one, standingInWords(one)] as const)]}
          testId="filter-standing"
          onChange={(value) =>
            onChoose({ ...choice, standing: BRANCH_STANDINGS.find((one) => one === value), page: 0 })
          }
        />
        <div class="only-narrow">
          <Select
            label={o('table.sort')}
            value={choice.by}
            options={SORT_COLUMNS.map((one) => [one, o(`col.${one}`)] as const)}
            testId="sort-by"
            onChange={(value) => onChoose(sortedBy({ ...choice, by: NO_CHOICE.by }, value as SortColumn))}
          />
        </div>
        {isNarrowed && (
          <Button
            testId="clear-choice"
            onClick={() => onChoose({ ...choice, standing: NO_CHOICE.standing, find: NO_CHOICE.find, page: 0 })}
          >
            {o('table.clear')}
          </Button>
        )}
      </div>
      <Table
        caption={o('table.title')}
        columns={branchColumns(now, choice)}
        rows={page.rows}
        rowKey={({ row }) => row.id}
        rowTestId={({ row }) => `branch-row-${row.id}`}
        empty={o(items.length > 0 ? 'table.no-match' : 'table.none')}
        sorting={{
          key: choice.by,
          descending: choice.descending,
          onSort: (key) => onChoose(sortedBy(choice, key as SortColumn)),
        }}
      />
      <Pager title={o('table.title')} of={page} onTurn={(to) => onChoose({ ...choice, page: to })} />
    </section>
  )
}
