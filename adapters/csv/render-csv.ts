/** Rows as a CSV file that a spreadsheet opens with its letters and figures right, and that runs nothing there. */

/** Excel takes a file without it for one of the system's own code page. */
const BYTE_ORDER_MARK = '\uFEFF'
/** A text that begins like this is a formula to a spreadsheet; full-width forms are taken for the narrow ones. */
const FORMULA = /^[\s\u200B-\u200F\uFEFF]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u

/** A number stands as it is; texts are quoted where need be, and said to be text where they look like a formula. */
export function renderCsv(head: readonly string[], rows: Iterable<readonly (string | number | null)[]>): string {
  const lines = [head.map(cellOf).join(',')]
  for (const row of rows) lines.push(row.map(cellOf).join(','))
  return `${BYTE_ORDER_MARK}${lines.join('\r\n')}\r\n`
}

function cellOf(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n\t']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
