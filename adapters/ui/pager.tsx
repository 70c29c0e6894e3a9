/** The pages of a table that has more rows than a browser draws at once, or anybody reads. */
import type { JSX } from 'preact'
import { Button } from './button.tsx'
import { formatNumber } from './format.ts'
import { translator } from './language.ts'

export interface TablePage<Row> {
  readonly rows: readonly Row[]
  /** From 0, as `from`. */
  readonly page: number
  readonly pages: number
  readonly from: number
  /** Of all pages together. */
  readonly count: number
}

/** A page past the end is the last one: there may be fewer rows than when it was chosen. */
export function pageOf<Row>(rows: readonly Row[], chosen: number, size: number): TablePage<Row> {
  const pages = Math.max(1, Math.ceil(rows.length / size))
  const page = Math.min(chosen, pages - 1)
  const from = page * size
  return { rows: rows.slice(from, from + size), page, pages, from, count: rows.length }
}

/** Nothing where one page has all. */
export function Pager<Row>(props: {
  title: string
  of: TablePage<Row>
  onTurn: (page: number) => void
}): JSX.Element | null {
  const { title, onTurn } = props
  const { rows, page, pages, from, count } = props.of
  if (pages === 1) return null
  const shown = { from: formatNumber(from + 1), to: formatNumber(from + rows.length), count: formatNumber(count) }
  return (
    <nav class="table-pages" aria-label={p('pages', { title })}>
      <Button testId="page-before" disabled={page === 0} onClick={() => onTurn(page - 1)}>
        {p('before')}
      </Button>
      <span role="status" data-testid="page-shown">
        {p('shown', shown)}
      </span>
      <Button testId="page-after" disabled={page === pages - 1} onClick={() => onTurn(page + 1)}>
        {p('after')}
      </Button>
    </nav>
  )
}

const p = translator({
  en: { pages: 'Pages: {title}', shown: '{from} to {to} of {count}', before: 'Previous', after: 'Next' },
  zh: { pages: '分页：{title}', shown: '第 {from}–{to} 条，共 {count} 条', before: '上一页', after: '下一页' },
})
