/** A difference as it is kept and shown: bounded, whatever stands in the rows. */
import type { RowDifference, ShownValue } from '../mysql/compare-rows.ts'
import type { DocumentDifference } from '../mysql/settle-documents.ts'
import type { DifferenceView, ReconcileReport, RowDifferenceView } from '../../schemas/protocol/reconciliation.ts'
import { differenceCause } from './difference-cause.ts'

/** Rows of one document. */
const MOST_ROWS = 20
/** Characters of a value. */
const MOST_SHOWN = 200
/** Before the place where two long values part. */
const LEAD = 40

/** @param head the store's newest seq */
export function differenceView(difference: DocumentDifference, head: number): DifferenceView {
  const { collection, id, rows } = difference
  const moreRows = Math.max(0, rows.length - MOST_ROWS)
  return {
    collection,
    id,
    cause: differenceCause(difference, head),
    outcome: 'open',
    rows: rows.slice(0, MOST_ROWS).map(rowView),
    ...(moreRows > 0 && { moreRows }),
  }
}

/** For whoever may only look: rows hold phones and addresses, and whatever was written into them by hand. */
export function withoutValues(report: ReconcileReport): ReconcileReport {
  const differences = report.differences.map((difference) => ({
    ...difference,
    rows: difference.rows.map((row) => ({ ...row, fields: row.fields.map(({ column }) => ({ column })) })),
  }))
  return { ...report, differences }
}

function rowView({ table, key, kind, fields }: RowDifference): RowDifferenceView {
  return {
    table,
    key,
    kind,
    fields: fields.map(({ column, expected, found }) => {
      const from = Math.max(0, partingOf(expected ?? '', found ?? '') - LEAD)
      return { column, expected: cut(expected, from), found: cut(found, from) }
    }),
  }
}

function partingOf(a: string, b: string): number {
  if (a.length <= MOST_SHOWN && b.length <= MOST_SHOWN) return 0
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

function cut(value: ShownValue, from: number): ShownValue {
  if (value === null) return null
  const end = from + MOST_SHOWN
  return `${from > 0 ? '…' : ''}${value.slice(from, end)}${value.length > end ? '…' : ''}`
}
