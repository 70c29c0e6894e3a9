import type { ComponentChildren, JSX } from 'preact'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** What the figures mean. */
  readonly help?: string
  readonly numeric?: boolean
  /** Its head is a button by which rows are ordered. */
  readonly sortable?: boolean
  readonly cell: (row: Row) => ComponentChildren
}

export interface TableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly rowTestId?: (row: Row) => string
  readonly empty: string
  /** By which column the rows are ordered. */
  readonly sorting?: TableSorting
}

export interface TableSorting {
  readonly key: string
  readonly descending: boolean
  readonly onSort: (key: string) => void
}

/** On a narrow screen each row becomes a card, with the column's title before each value. */
export function Table<Row>(props: TableProps<Row>): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={props.caption}>
      <table>
        <caption class="visually-hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <Head key={column.key} column={column} sorting={props.sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowKey(row)} data-testid={props.rowTestId?.(row)}>
              {props.columns.map((column) => (
                <td key={column.key} class={column.numeric ? 'numeric' : ''} data-title={column.title}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {props.rows.length === 0 && (
            <tr class="empty">
              <td colSpan={props.columns.length}>{props.empty}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

function Head<Row>({ column, sorting }: { column: Column<Row>; sorting: TableSorting | undefined }): JSX.Element {
  const { key, title, help, numeric, sortable } = column
  const isSorted = sorting?.key === key
  const isButton = sorting !== undefined && sortable === true
  const words = help ? <abbr title={help}>{title}</abbr> : title
  return (
    <th
      scope="col"
      class={numeric ? 'numeric' : ''}
      title={help}
      aria-sort={isSorted ? (sorting.descending ? 'descending' : 'ascending') : undefined}
    >
      {isButton ? (
        <button type="button" class="sort" data-testid={`sort-${key}`} onClick={() => sorting.onSort(key)}>
          {words}
          <i aria-hidden="true">{isSorted ? (sorting.descending ? '▼' : '▲') : '↕'}</i>
        </button>
      ) : (
        words
      )}
    </th>
  )
}
