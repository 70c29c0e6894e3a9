import { describe, expect, it } from 'vitest'
import { ErrorLog } from '../../../adapters/http/error-log.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'

const FAILED = { status: 500, address: '127.0.0.1' }

function keeping(nowMs: () => number): { readonly errors: ErrorLog; readonly lines: object[] } {
  const lines: object[] = []
  const silent = () => undefined
  const keep = (fields: object) => void lines.push(fields)
  return { errors: new ErrorLog({ debug: silent, info: silent, warn: keep, error: keep }, nowMs), lines }
}

describe('the log of failed requests', () => {
  it('says one kind of failure once in ten seconds, with how many there were, and a stack only of the unforeseen', () => {
    let nowMs = 0
    const { errors, lines } = keeping(() => nowMs)
    const full = { error: new OutpostError('DISK_FULL', 'full'), code: 'DISK_FULL', path: '/a', ...FAILED } as const
    const bug = { error: new TypeError('bug'), code: 'INTERNAL', path: '/b', requestId: 'b', ...FAILED } as const
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

  it('says from where whoever is not known has come, and nothing of what was merely asked wrongly', () => {
    const { errors, lines } = keeping(() => 0)
    const asked = { address: '203.0.113.9', requestId: 'r', path: '/exchange/v1/push' }
    const refused = (code: 'UNAUTHENTICATED' | 'NONCE_NEEDED' | 'BAD_REQUEST', status: number) =>
      errors.note({ error: new OutpostError(code, 'no'), code, status, ...asked })
    refused('UNAUTHENTICATED', 401)
    refused('NONCE_NEEDED', 401)
    refused('BAD_REQUEST', 400)
    expect(lines).toEqual([{ code: 'UNAUTHENTICATED', error: 'no', ...asked }])
  })
})
