import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, it, vi } from 'vitest'
import { StaffVault } from '../../../../local-node/web/staff/staff-vault.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const STAFF = [
  {
    id: 's1',
    name: 'Zhang Min',
    role: 'manager',
    pinVersion: 'one',
    verifier: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  },
  {
    id: 's2',
    name: 'Li Na',
    role: 'cashier',
    pinVersion: 'two',
    verifier: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdB$aGFzaB',
  },
] as const

let database: IDBFactory

beforeEach(() => {
  database = new IDBFactory()
  vi.stubGlobal('indexedDB', database)
})

async function openVault(): Promise<StaffVault> {
  return (await StaffVault.open())!
}

/** All that stands in the browser's database, by name. */
async function everything(): Promise<Map<IDBValidKey, unknown>> {
  const opening = database.open('outpost-access')
  const store = await new Promise<IDBObjectStore>((resolve) => {
    opening.addEventListener('success', () => resolve(opening.result.transaction('kept').objectStore('kept')))
  })
  const cursor = store.openCursor()
  const found = new Map<IDBValidKey, unknown>()
  return new Promise((resolve) => {
    cursor.addEventListener('success', () => {
      if (!cursor.result) return resolve(found)
      found.set(cursor.result.key, cursor.result.value)
      cursor.result.continue()
    })
  })
}

it('tells after a reload whom it kept, and forgets those who are not among the next', async () => {
  await (await openVault()).keep(STAFF)
  expect(await (await openVault()).read()).toEqual(STAFF)
  await (await openVault()).keep(STAFF.slice(1))
  expect(await (await openVault()).read()).toEqual(STAFF.slice(1))
})

it('keeps nobody in clear, and its key cannot be taken out', async () => {
  await (await openVault()).keep(STAFF)
  const found = await everything()
  const key = found.get('key') as CryptoKey
  expect(key.extractable).toBe(false)
  await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow(/extractable/)
  const { iv, data } = found.get('staff') as { iv: Uint8Array; data: ArrayBuffer }
  const bytes = [...iv, ...new Uint8Array(data)].map((byte) => String.fromCharCode(byte)).join('')
  expect(bytes).not.toMatch(/argon2id|Zhang|manager/)
})

it('knows nobody once it was told to forget', async () => {
  const vault = await openVault()
  await vault.keep(STAFF)
  await vault.forget()
  expect(await vault.read()).toEqual([])
  expect([...(await everything()).keys()]).toEqual([])
})

it('counts wrong tries over reloads, also after it has forgotten whom it knew', async () => {
  for (let at = 0; at < 5; at++) expect(await (await openVault()).beginTry('s1', NOW)).toBe(0)
  await (await openVault()).forget()
  const vault = await openVault()
  expect(await vault.beginTry('s1', NOW)).toBe(30_000)
  expect(await vault.beginTry('s2', NOW)).toBe(0)
  expect(await vault.beginTry('s1', NOW + 30_000)).toBe(0)
  expect(await vault.beginTry('s1', NOW + 30_000)).toBe(60_000)
  await vault.clearTries('s1')
  expect(await vault.beginTry('s1', NOW + 30_000)).toBe(0)
})

it('counts each of many tries at the same time', async () => {
  const vault = await openVault()
  const waits = await Promise.all(Array.from({ length: 8 }, () => vault.beginTry('s1', NOW)))
  expect(waits.filter((ms) => ms === 0)).toHaveLength(5)
})

it('is not there where the browser has no Web Crypto for the page', async () => {
  vi.stubGlobal('crypto', {})
  expect(await StaffVault.open()).toBeUndefined()
  vi.unstubAllGlobals()
})
