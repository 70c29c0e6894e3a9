/**
 * Takes what the app keeps away from this device. It is noted, every tab loads anew, and whichever is first deletes before
 * anything is opened: a power cut in the middle only has the rest done at the next start.
 */

/** `lost`: everything, because the node has said that the device was lost; the app goes on saying so until it is paired again. */
export type Erasure = 'documents' | 'all' | 'lost'

const STORED = 'outpost.erase'
const LOST = 'outpost.lost'
const EVERYTHING = /^(rxdb-dexie-outpost-|outpost-)/
/** How RxDB, the cards and the vault call their databases. */
const DATABASES = {
  documents: /^(rxdb-dexie-outpost-|outpost-cards-)/,
  all: EVERYTHING,
  lost: EVERYTHING,
} as const
/** The rest is the device's own: its language and colours, and clocks that must not go back. */
const KEPT_OF_BRANCH = /^outpost\.(session|login|pin-waits|device|tags|draft\..*)$/

/** Of all that was read from headquarters and taken here; unless it is lost, the caller has seen that nothing is unsent. */
export function beginErasure(what: Erasure): void {
  localStorage.setItem(STORED, what)
  loadAnew(what)
}

/** The node goes on saying that the device was lost; it is erased once. */
export function wasErasedAsLost(): boolean {
  return localStorage.getItem(LOST) !== null
}

/** It is paired again, and may be lost again. */
export function forgetLoss(): void {
  localStorage.removeItem(LOST)
}

/** Other tabs hold the databases open. */
export function followErasure(): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === STORED && newValue !== null) loadAnew(newValue)
  })
}

function loadAnew(what: string): void {
  // Which members were opened in this tab.
  if (what !== 'documents') sessionStorage.clear()
  location.reload()
}

/** To be awaited before anything is opened. */
export async function finishErasure(): Promise<void> {
  if (noted() === undefined) return
  const { locks } = navigator as { locks?: LockManager }
  await (locks ? locks.request(STORED, erase) : erase())
}

async function erase(): Promise<void> {
  const what = noted()
  // Another tab has done it.
  if (what === undefined) return
  const databases = await indexedDB.databases()
  const names = databases.map(({ name }) => name ?? '').filter((name) => DATABASES[what].test(name))
  await Promise.all(names.map(deleteDatabase))
  if (what !== 'documents') {
    const keys = Object.keys(localStorage).filter((key) => KEPT_OF_BRANCH.test(key))
    for (const key of keys) localStorage.removeItem(key)
  }
  if (what === 'lost') localStorage.setItem(LOST, 'yes')
  localStorage.removeItem(STORED)
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase(name)
    deleting.addEventListener('success', () => resolve())
    deleting.addEventListener('error', () => reject(deleting.error ?? new Error('IndexedDB failed')))
  })
}

function noted(): Erasure | undefined {
  const what = localStorage.getItem(STORED)
  return what === 'documents' || what === 'all' || what === 'lost' ? what : undefined
}
