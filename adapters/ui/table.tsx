import type { ComponentChildren, JSX } from 'preact'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** What the figures mean. */
  readonly help?: string
  readonly numeric?: boolean
  readonly cell: (row: Row) => ComponentChildren
}

export interface TableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly rowTestId?: (row: Row) => string
  readonly empty: string
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
              <th key={column.key} scope="col" class={column.numeric ? 'numeric' : ''} title={column.help}>
                {column.help ? <abbr title={column.help}>{column.title}</abbr> : column.title}
              </th>
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
