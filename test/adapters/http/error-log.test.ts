import { describe, expect, it } from 'vitest'
import { ErrorLog } from '../../../adapters/http/error-log.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'

describe('the log of failed requests', () => {
  it('says one kind of failure once in ten seconds, with how many there were, and a stack only of the unforeseen', () => {
    let nowMs = 0
    const lines: object[] = []
    const silent = () => undefined
    const log = { debug: silent, info: silent, warn: silent, error: (fields: object) => void lines.push(fields) }
    const errors = new ErrorLog(log, () => nowMs)
    const full = { error: new OutpostError('DISK_FULL', 'full'), code: 'DISK_FULL', path: '/a' }
    const bug = { error: new TypeError('bug'), code: 'INTERNAL', path: '/b', requestId: 'b' }
    for (let i = 0; i < 500; i++) errors.note({ ...full, requestId: `r${i}` })
    errors.note(bug)
    nowMs = 10_000
    errors.note({ ...full, requestId: 'last' })
    expect(lines).toEqual([
      { code: 'DISK_FULL', error: 'full', requestId: 'r0', path: '/a' },
      { code: 'INTERNAL', err: bug.error, requestId: 'b', path: '/b' },
      { code: 'DISK_FULL', error: 'full', requestId: 'last', path: '/a', unsaid: 499 },
    ])
  })
})
