import pino from 'pino'
import { expect, test } from 'vitest'
import { SyncRecorder, type SyncNote } from '../../../adapters/synclog/sync-recorder.ts'

const NOTE: SyncNote = {
  at: '2026-03-01T10:00:00.000Z',
  branchId: 'north',
  kind: 'push',
  sent: 1,
  received: 0,
  bytesSent: 10,
  bytesReceived: 5,
  ms: 3,
  outcome: 'ok',
  requestId: 'r1',
}

test('every listener hears of a note with what went with it, until it has heard enough', () => {
  const recorder = new SyncRecorder(pino({ level: 'silent' }))
  const heard: unknown[] = []
  const stop = recorder.onEntry((note, details) => heard.push([note, details]))
  recorder.note(NOTE, { delaysMs: [7] })
  stop()
  recorder.note(NOTE)
  expect(heard).toEqual([[NOTE, { documents: [], delaysMs: [7] }]])
})

test('a listener that fails disturbs neither who notes nor the other listeners', () => {
  const recorder = new SyncRecorder(pino({ level: 'silent' }))
  const heard: string[] = []
  recorder.onEntry(() => {
    throw new Error('no metrics today')
  })
  recorder.onEntry(({ requestId }) => heard.push(requestId))
  recorder.note(NOTE)
  expect(heard).toEqual(['r1'])
})
