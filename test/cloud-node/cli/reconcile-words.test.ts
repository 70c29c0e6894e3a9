import { expect, test } from 'vitest'
import { reportInWords, runInWords } from '../../../cloud-node/cli/reconcile-words.ts'
import type { ReconcileReport } from '../../../schemas/protocol/reconciliation.ts'

const AT = '2026-03-01T08:00:00.000Z'
const DONE: ReconcileReport = {
  id: 7,
  mirror: 'outpost',
  kind: 'all',
  state: 'done',
  dryRun: false,
  startedAt: AT,
  documents: 4,
  rows: 5,
  different: 0,
  repaired: 0,
  open: 0,
  inFlight: 0,
  parked: 0,
  differences: [],
}
const FAILED: ReconcileReport = {
  ...DONE,
  state: 'failed',
  documents: 0,
  rows: 0,
  error: { code: 'MIRROR_UNAVAILABLE', message: 'the mirror is paused' },
}

test('that none differ is said only of a run that has looked at everything', () => {
  expect(runInWords(DONE)).toBe(`7      ${AT} outpost all: done, 4 documents, none differ`)
  expect(runInWords(FAILED)).toBe(`7      ${AT} outpost all: failed after 0 documents, MIRROR_UNAVAILABLE`)
  expect(runInWords({ ...DONE, state: 'stopped' })).toBe(`7      ${AT} outpost all: stopped after 4 documents`)
  expect(runInWords({ ...DONE, state: 'running' })).toContain('running, 4 documents, none differ so far')
})

test('a run that failed says why, and nothing of figures that it has not', () => {
  expect(reportInWords(FAILED).split('\n').slice(1)).toEqual(['  the mirror is paused [MIRROR_UNAVAILABLE]'])
  expect(reportInWords({ ...FAILED, documents: 3, rows: 3 })).toContain('  3 documents and 3 rows compared')
})

test('documents that MySQL refuses are told beside those that differ, not called equal', () => {
  expect(runInWords({ ...DONE, parked: 2 })).toContain('done, 4 documents, MySQL refuses 2')
  expect(runInWords({ ...DONE, parked: 2, different: 1, open: 1 })).toContain('1 differ, 1 open, MySQL refuses 2')
})
