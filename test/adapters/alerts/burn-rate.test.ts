import { describe, expect, test } from 'vitest'
import { burning } from '../../../adapters/alerts/burn-rate.ts'
import { findTroubles } from '../../../adapters/alerts/rules.ts'
import { USUAL_THRESHOLDS } from '../../../adapters/alerts/thresholds.ts'
import type { SyncBucket } from '../../../schemas/protocol/sync-log.ts'
import { chainSnapshot, iso, NOW_MS } from '../../support/chain-snapshot.ts'

const SPAN_MS = 300_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Three days of a thousand exchanges in five minutes, of which a share failed. */
function history(failedShare: (agoMs: number) => number, requests = 1000): SyncBucket[] {
  return Array.from({ length: 864 }, (_, i) => {
    const agoMs = (864 - i) * SPAN_MS
    const failed = Math.round(requests * failedShare(agoMs))
    return { at: iso(NOW_MS - agoMs), requests, failed, sent: 0, received: 0, bytes: 0, meanMs: 1, maxMs: 1 }
  })
}

const levelOf = (buckets: readonly SyncBucket[]) => burning(buckets, USUAL_THRESHOLDS['burn-rate'], NOW_MS)?.level

describe('failures that use up the objective', () => {
  test('fourteen times too fast within an hour are critical', () => {
    expect(levelOf(history((agoMs) => (agoMs <= HOUR_MS ? 0.014 : 0)))).toBeUndefined()
    expect(levelOf(history((agoMs) => (agoMs <= HOUR_MS ? 0.015 : 0)))).toBe('critical')
  })

  test('six times too fast within six hours are a warning', () => {
    expect(levelOf(history((agoMs) => (agoMs <= 6 * HOUR_MS ? 0.007 : 0)))).toBe('warning')
  })

  test('faster than it lasts within three days are a notice', () => {
    expect(levelOf(history(() => 0.001))).toBeUndefined()
    expect(levelOf(history(() => 0.002))).toBe('notice')
  })

  test('are over soon after their cause is gone, though the long window still holds it', () => {
    const outage = (agoMs: number) => (agoMs > 5 * MINUTE_MS && agoMs <= HOUR_MS ? 0.5 : 0)
    expect(levelOf(history(outage))).not.toBe('critical')
  })

  test('say nothing where hardly anything is exchanged', () => {
    expect(levelOf(history(() => 1, 0))).toBeUndefined()
    expect(levelOf([])).toBeUndefined()
  })

  test('are a trouble of the chain, in multiples', () => {
    const buckets = history((agoMs) => (agoMs <= HOUR_MS ? 0.02 : 0))
    expect(findTroubles(chainSnapshot({ figures: { buckets } }), USUAL_THRESHOLDS).findings).toEqual([
      { key: 'burn-rate', rule: 'burn-rate', level: 'critical', value: 20, threshold: 14.4 },
    ])
  })
})
