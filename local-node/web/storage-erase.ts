/**
 * Takes what the app keeps away from this device. It is noted, every tab loads anew, and whichever is first deletes before
 * anything is opened: a power cut in the middle only has the rest done at the next start.
 */

export type Erasure = 'documents' | 'all'

const STORED = 'outpost.erase'
/** How RxDB, the cards and the vault call their databases. */
const DATABASES = {
  documents: /^(rxdb-dexie-outpost-|outpost-cards-)/,
  all: /^(rxdb-dexie-outpost-|outpost-)/,
} as const
/** The rest is the device's own: its language and colours, and clocks that must not go back. */
const KEPT_OF_BRANCH = ['outpost.session', 'outpost.login', 'outpost.pin-waits', 'outpost.device']

/** Of all that was read from headquarters and taken here; the caller has seen that nothing is unsent. */
export function beginErasure(what: Erasure): void {
  localStorage.setItem(STORED, what)
  location.reload()
}

/** Other tabs hold the databases open. */
export function followErasure(): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === STORED && newValue !== null) location.reload()
  })
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
  if (what === 'all') for (const key of KEPT_OF_BRANCH) localStorage.removeItem(key)
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
  return what === 'documents' || what === 'all' ? what : undefined
}
