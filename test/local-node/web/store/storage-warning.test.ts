import { expect, it } from 'vitest'
import { freeBytes, storageWarning } from '../../../../local-node/web/store/storage-warning.ts'

const GB = 1_000_000_000
const roomy = { used: GB, quota: 10 * GB, persisted: true }

it('says nothing of a device that has room and is kept, whatever is unsent', () => {
  expect(storageWarning(roomy, 40)).toBeUndefined()
})

it('warns when less than 50 MB are left, and when less than a tenth is', () => {
  expect(storageWarning({ used: 160_000_000, quota: 200_000_000 }, 0)).toBe('full')
  expect(storageWarning({ used: 150_000_000, quota: 200_000_000 }, 0)).toBeUndefined()
  expect(storageWarning({ ...roomy, used: 9.1 * GB }, 0)).toBe('full')
  expect(storageWarning({ ...roomy, used: 9 * GB }, 0)).toBeUndefined()
})

it('warns of a device that the browser may clear only while orders are nowhere else', () => {
  const fleeting = { ...roomy, persisted: false }
  expect(storageWarning(fleeting, 1)).toBe('fleeting')
  expect(storageWarning(fleeting, 0)).toBeUndefined()
  expect(storageWarning({ ...fleeting, used: 9.9 * GB }, 1)).toBe('full')
})

it('claims nothing where the browser does not say', () => {
  expect(storageWarning({}, 5)).toBeUndefined()
  expect(storageWarning({ used: GB }, 5)).toBeUndefined()
  expect(freeBytes({ used: GB })).toBeUndefined()
})

it('never shows less than nothing as free', () => {
  expect(freeBytes({ used: 2 * GB, quota: GB })).toBe(0)
})
