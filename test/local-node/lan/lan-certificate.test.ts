import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Store } from '../../../adapters/sqlite/store.ts'
import { isRenewalDue, LanCertificate } from '../../../local-node/lan/lan-certificate.ts'
import { openOwnAuthority, type OwnAuthority } from '../../../local-node/lan/own-authority.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 10, 22, 12)
let folder: ReturnType<typeof temporaryFolder>
let store: Store
let authority: OwnAuthority
let nowMs: number

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  authority = openOwnAuthority(store, 'north.outpost.internal', log)
  nowMs = START_MS
})
afterEach(() => {
  vi.useRealTimers()
  store.close()
  folder.remove()
})

const days = (count: number) => count * DAY_MS
const datesOf = (shown: LanCertificate) => {
  const { validFrom, validTo } = new X509Certificate(shown.current().cert)
  return [Date.parse(validFrom), Date.parse(validTo)]
}

describe('the certificate in the shop', () => {
  it('begins a year back, for tablets that are slow, and ends within what browsers allow', () => {
    const shown = new LanCertificate(authority, () => nowMs)
    expect(datesOf(shown)).toEqual([START_MS - days(365), START_MS + days(397)])
    shown.stop()
  })

  it('is made anew 30 days before its end, by the clock that it is given, and everybody is told', () => {
    const shown = new LanCertificate(authority, () => nowMs)
    const changed = vi.fn()
    shown.onChange(changed)
    nowMs += days(367) - 1
    vi.advanceTimersByTime(days(1))
    expect(changed).not.toHaveBeenCalled()
    nowMs += 1
    vi.advanceTimersByTime(3_600_000)
    expect(changed).toHaveBeenCalledOnce()
    expect(datesOf(shown)).toEqual([nowMs - days(365), nowMs + days(397)])
    shown.stop()
  })

  it('is made anew when the clock learns that it was years ahead', () => {
    nowMs = Date.UTC(2040, 0, 1)
    const shown = new LanCertificate(authority, () => nowMs)
    nowMs = START_MS
    vi.advanceTimersByTime(3_600_000)
    expect(datesOf(shown)).toEqual([START_MS - days(365), START_MS + days(397)])
    shown.stop()
  })

  it('is looked after no more once it is stopped', () => {
    const shown = new LanCertificate(authority, () => nowMs)
    const before = shown.current()
    shown.stop()
    nowMs += days(390)
    vi.advanceTimersByTime(days(2))
    expect(shown.current()).toBe(before)
  })
})

describe('its renewal', () => {
  it.each([
    [0, false],
    [days(366), false],
    [days(367), true],
    [days(4000), true],
    [-days(29), false],
    [-days(30), true],
  ])('%i ms after it was made: %s', (laterMs, isDue) => {
    expect(isRenewalDue(START_MS, START_MS + laterMs)).toBe(isDue)
  })
})
