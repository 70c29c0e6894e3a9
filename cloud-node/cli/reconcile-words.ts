/** Comparisons of rows with documents, in words. */
import type {
  DifferenceCause,
  DifferenceOutcome,
  DifferenceView,
  ReconcileReport,
  ReconcileRun,
  RowDifferenceView,
} from '../../schemas/protocol/reconciliation.ts'

const CAUSES: Readonly<Record<DifferenceCause, string>> = {
  'newer-state': 'a later state than headquarters has: it was restored, or another one writes here',
  'older-state': 'an earlier state: MySQL was restored, or an old copy was written back',
  'left-behind': 'there is no such document any more: MySQL was restored, or an old copy was written back',
  inserted: 'inserted by hand or by another program',
  deleted: 'deleted by hand or by another program',
  changed: 'changed by hand or by another program',
  'cut-off': 'cut off: a column has become shorter',
}

const OUTCOMES: Readonly<Record<DifferenceOutcome, string>> = {
  open: 'not repaired',
  repaired: 'repaired',
  gone: 'equal by now',
  stays: 'STAYS: the database does not hold what is written',
}

export function runInWords(run: ReconcileRun): string {
  const { id, mirror, kind, table, branch, date, state, startedAt, documents } = run
  const about = [kind, table, branch, date].filter((part) => part !== undefined).join(' ')
  const asked = state === 'waiting' ? `; repair them with: outpost reconcile approve ${id}` : ''
  const how = isThrough(run) ? `${state}, ${documents} documents` : `${state} after ${documents} documents`
  return `${String(id).padEnd(6)} ${startedAt} ${mirror} ${about}: ${[how, ...foundInWords(run)].join(', ')}${asked}`
}

/** A run that came to no end says nothing of what it has not looked at. */
function isThrough({ state }: ReconcileRun): boolean {
  return state !== 'failed' && state !== 'stopped'
}

function foundInWords(run: ReconcileRun): string[] {
  const { state, different, open, parked, error } = run
  return [
    ...(different > 0 ? [`${different} differ`, `${open} open`] : []),
    ...(parked > 0 ? [`MySQL refuses ${parked}`] : []),
    ...(different === 0 && parked === 0 && isThrough(run)
      ? [`none differ${state === 'running' ? ' so far' : ''}`]
      : []),
    ...(error ? [error.code] : []),
  ]
}

export function reportInWords(report: ReconcileReport): string {
  const { documents, rows, different, repaired, open, inFlight, parked, differences, branches = [], error } = report
  const wrong = branches.filter(({ verdict }) => verdict.state === 'differs')
  return [
    runInWords(report),
    ...(isThrough(report) || documents > 0
      ? [`  ${documents} documents and ${rows} rows compared: ${different} differ, ${repaired} repaired, ${open} open`]
      : []),
    ...(inFlight > 0 ? [`  ${inFlight} documents are on their way and were left to the next time`] : []),
    ...(parked > 0 ? [`  ${parked} documents MySQL refuses: outpost mirror parked`] : []),
    ...(error ? [`  ${error.message} [${error.code}]`] : []),
    ...differences.map(differenceInWords),
    ...(different > differences.length ? [`  and ${different - differences.length} more`] : []),
    ...wrong.map(({ id }) => `  branch ${id} holds something else than headquarters, and repairs it by itself`),
  ].join('\n')
}

function differenceInWords({ collection, id, cause, outcome, rows, moreRows }: DifferenceView): string {
  return [
    `  ${collection} ${id}: ${OUTCOMES[outcome]}; ${CAUSES[cause]}`,
    ...rows.map(rowInWords),
    ...(moreRows === undefined ? [] : [`    and ${moreRows} more rows`]),
  ].join('\n')
}

function rowInWords({ table, key, kind, fields }: RowDifferenceView): string {
  const shown = fields.map(
    ({ column, expected, found }) => `${column} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`,
  )
  const what = kind === 'missing' ? 'is missing' : kind === 'unexpected' ? 'should not be there' : shown.join('; ')
  return `    ${table} ${key.join(' ')}: ${what}`
}
