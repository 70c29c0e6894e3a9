import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { erasureTrouble, finishErasure } from '../../../../local-node/web/store/storage-erase.ts'
import { compareText } from '../../../../schemas/compare-text.ts'

const MINE = 'rxdb-dexie-outpost-b1--0--orders'
const OTHERS = 'rxdb-dexie-outpost-b2--0--orders'
let kept: Record<string, string>

beforeEach(async () => {
  kept = { 'outpost.erase': 'all', 'outpost.erase.seen': '{"branchId":"b1","written":7}', 'outpost.write-time': '7' }
  Object.defineProperty(kept, 'getItem', { value: (key: string) => kept[key] ?? null })
  Object.defineProperty(kept, 'removeItem', { value: (key: string) => delete kept[key] })
  vi.stubGlobal('localStorage', kept)
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('indexedDB', new IDBFactory())
  for (const name of [MINE, OTHERS]) await created(name)
  erasureTrouble.value = undefined
})

afterEach(() => {
  vi.unstubAllGlobals()
})

async function created(name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(name)
    opening.addEventListener('error', () => reject(new Error(name)))
    opening.addEventListener('success', () => {
      opening.result.close()
      resolve()
    })
  })
}

async function names(): Promise<string[]> {
  return (await indexedDB.databases()).map(({ name = '' }) => name).toSorted(compareText)
}

it('deletes what is of the branch and was sent, with its drafts, and nothing of another branch', async () => {
  kept['outpost.draft.b1'] = '{}'
  await finishErasure()
  expect(await names()).toEqual([OTHERS])
  expect(kept).toEqual({ 'outpost.write-time': '7' })
  expect(erasureTrouble.value).toBeUndefined()
})

it('deletes nothing when another tab has written after everything was seen to be sent', async () => {
  kept['outpost.write-time'] = '8'
  await finishErasure()
  expect(await names()).toEqual([MINE, OTHERS])
  expect(erasureTrouble.value).toBe('written')
  expect(kept).toEqual({ 'outpost.write-time': '8' })
})

it('lets the app start where the browser fails, and tries again for a lost device alone', async () => {
  vi.stubGlobal('indexedDB', {})
  await finishErasure()
  expect(erasureTrouble.value).toBe('failed')
  expect(kept['outpost.erase']).toBeUndefined()
  kept['outpost.erase'] = 'lost'
  await finishErasure()
  expect(kept['outpost.erase']).toBe('lost')
})
