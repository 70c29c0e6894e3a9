import { describe, expect, it } from 'vitest'
import {
  changeSettings,
  NO_SETTINGS,
  settingsChangeSchema,
  suspendedClasses,
  type SyncSettings,
} from '../../../local-node/sync/sync-settings.ts'
import { TakingPart } from '../../../local-node/sync/taking-part.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'

const at =
  (hour: number, minute = 0) =>
  () =>
    new Date(2026, 2, 1, hour, minute).getTime()
const classOf = (name: string) => COLLECTIONS.find((one) => one.name === name)!.syncClass
const suspendedAt = (settings: SyncSettings, now: () => number) => [...suspendedClasses(settings, COLLECTIONS, now)]

describe('settings of synchronisation', () => {
  it('suspend and resume collections, in any order, each once', () => {
    const suspended = changeSettings(NO_SETTINGS, { suspend: ['products', 'orders', 'products'] }, COLLECTIONS)
    expect(suspended.suspended.toSorted()).toEqual(['orders', 'products'])
    expect(changeSettings(suspended, { resume: ['orders'] }, COLLECTIONS).suspended).toEqual(['products'])
  })
  it('refuse a collection that there is none of, and name those that there are', () => {
    expect(() => changeSettings(NO_SETTINGS, { suspend: ['tables'] }, COLLECTIONS)).toThrow(/"tables".*members/)
  })
  it('refuse a window that has no length, and collections for none', () => {
    const window = { from: '22:00', to: '22:00' }
    expect(() => changeSettings(NO_SETTINGS, { window }, COLLECTIONS)).toThrow(/different times/)
    expect(() => changeSettings(NO_SETTINGS, { windowFor: ['orders'] }, COLLECTIONS)).toThrow(/no window/)
  })
  it('name no more collections than there could be, and none at length', () => {
    for (const field of ['suspend', 'resume', 'windowFor']) {
      expect(settingsChangeSchema.safeParse({ [field]: Array(100).fill('orders') }).success).toBe(true)
      expect(settingsChangeSchema.safeParse({ [field]: Array(101).fill('orders') }).success).toBe(false)
      expect(settingsChangeSchema.safeParse({ [field]: ['o'.repeat(65)] }).success).toBe(false)
    }
  })
  it('leave everything else as it was, and take off what is set to nothing', () => {
    const window = { from: '22:00', to: '06:00' }
    const both = changeSettings(NO_SETTINGS, { window, bandwidth: 50 }, COLLECTIONS)
    expect(changeSettings(both, { bandwidth: null }, COLLECTIONS)).toEqual({ suspended: [], window })
  })
})

describe('a window', () => {
  const night = { suspended: [], window: { from: '22:00', to: '06:30' } }
  it('may pass midnight', () => {
    expect(
      [at(21, 59), at(22), at(3), at(6, 29), at(6, 30), at(12)].map((now) => suspendedAt(night, now).length > 0),
    ).toEqual([true, false, false, false, true, true])
  })
  it('keeps out everything but what is urgent, or what it is for', () => {
    const urgent = ['members', 'requests', 'decisions'].map(classOf)
    expect(suspendedAt(night, at(12)).filter((one) => urgent.includes(one))).toEqual([])
    expect(suspendedAt(night, at(12))).toContain(classOf('orders'))
    expect(suspendedAt({ ...night, windowFor: ['products'] }, at(12))).toEqual([classOf('products')])
  })
})

describe('a class that takes no part', () => {
  const part = new TakingPart(COLLECTIONS, new Set([classOf('products')]))
  const head = { epoch: 'e', seq: 7 }
  it('is not named to headquarters, and not compared', () => {
    const digests = { products: {}, orders: {} }
    const request = { head, positions: {}, collections: ['products', 'orders'], digests }
    expect(part.narrow(request)).toEqual({ head, positions: {}, collections: ['orders'], digests: { orders: {} } })
  })
  it('does not move past what was not fetched', () => {
    const level = { [classOf('products')]: head, [classOf('orders')]: head }
    expect(part.narrowLevel({ level })).toEqual({ level: { [classOf('orders')]: head } })
  })
})
