import { describe, expect, test } from 'vitest'
import { withNewest, withOlder } from '../../../../cloud-node/web/log/log-pages.ts'
import type { SyncLogEntry, SyncLogPage } from '../../../../schemas/protocol/sync-log.ts'

const numbers = ({ entries }: { entries: readonly SyncLogEntry[] }) => entries.map(({ number }) => number)

function page(numbered: readonly number[], next?: number): SyncLogPage {
  const entry = { at: '2026-03-01T10:00:00.000Z', kind: 'push', sent: 1, received: 0, ms: 1, outcome: 'ok' } as const
  const entries = numbered.map((number) => ({ ...entry, number, bytesSent: 1, bytesReceived: 1, requestId: 'r' }))
  return { entries, ...(next !== undefined && { next }) }
}

describe('the entries that are shown', () => {
  test('go on with what has come, and keep how far somebody went back', () => {
    const back = withOlder(withNewest(undefined, page([9, 8], 8)), page([7, 6], 6))
    const shown = withNewest(back, page([10, 9], 9))
    expect(numbers(shown)).toEqual([10, 9, 8, 7, 6])
    expect(shown.next).toBe(6)
  })

  test('begin anew where more has come than a page holds: nothing between is left out unseen', () => {
    const shown = withNewest(page([9, 8], 8), page([20, 19], 19))
    expect(numbers(shown)).toEqual([20, 19])
    expect(shown.next).toBe(19)
  })

  test('stay where the newest page found nothing, also while it is looked for further back', () => {
    const further = withOlder(page([], 400), page([], 300))
    expect(withNewest(further, page([], 400))).toEqual({ entries: [], next: 300 })
    expect(numbers(withNewest(further, page([500], 400)))).toEqual([500])
  })
})
