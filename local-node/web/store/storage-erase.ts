/**
 * Takes what the app keeps away from this device. It is noted, every tab loads anew, and whichever is first deletes before
 * anything is opened: a power cut in the middle only has the rest done at the next start.
 */

import { signal } from '@preact/signals'
import { forgetStoreVersions } from './store-versions.ts'
import { isErased, isStillSent, parseSeen, type Erasure, type Seen } from './erase-plan.ts'

const STORED = 'outpost.erase'
const LOST = 'outpost.lost'
/** A `Seen`. */
const SEEN = 'outpost.erase.seen'
/** As the store keeps it. */
const WRITE_TIME = 'outpost.write-time'

/** Why the last erasure was not done: something was written meanwhile, or the browser failed. */
export const erasureTrouble = signal<'written' | 'failed' | undefined>(undefined)

/** The rest is the device's own: its language and colours, and clocks that must not go back. */
const KEPT_OF_BRANCH = /^outpost\.(session|login|pin-waits|device|tags|draft\..*)$/

/** Of all that was read from headquarters and taken here; unless it is lost, the caller has seen that nothing is unsent. */
export function beginErasure(what: 'lost'): void
export function beginErasure(what: 'documents' | 'all', seen: Seen): void
export function beginErasure(what: Erasure, seen?: Seen): void {
  if (seen) localStorage.setItem(SEEN, JSON.stringify(seen))
  localStorage.setItem(STORED, what)
  loadAnew(what)
}

/** The latest write time of all tabs. */
export function lastWritten(): number {
  return Number(localStorage.getItem(WRITE_TIME) ?? 0)
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

/** To be awaited before anything is opened. @returns what this tab has deleted */
export async function finishErasure(): Promise<Erasure | undefined> {
  if (noted() === undefined) return undefined
  const { locks } = navigator as { locks?: LockManager }
  try {
    return await (locks ? locks.request(STORED, () => erase(locks)) : erase(undefined))
  } catch {
    erasureTrouble.value = 'failed'
    // What is on a lost device is tried again at every start.
    if (noted() !== 'lost') forget()
    return undefined
  }
}

async function erase(locks: LockManager | undefined): Promise<Erasure | undefined> {
  const what = noted()
  // Another tab has done it.
  if (what === undefined) return undefined
  const seen = parseSeen(localStorage.getItem(SEEN))
  // Other tabs may sell until they have left the store.
  if (locks && seen && what !== 'lost') await locks.request(`outpost-${seen.branchId}`, () => undefined)
  if (!isStillSent(what, seen, lastWritten())) {
    erasureTrouble.value = 'written'
    forget()
    return undefined
  }
  const databases = await indexedDB.databases()
  const names = databases.map(({ name }) => name ?? '').filter((name) => isErased(name, what, seen))
  await Promise.all(names.map(deleteDatabase))
  if (seen) forgetStoreVersions(`outpost-${seen.branchId}`)
  if (what !== 'documents') {
    const keys = Object.keys(localStorage).filter((key) => KEPT_OF_BRANCH.test(key))
    for (const key of keys) localStorage.removeItem(key)
  }
  if (what === 'lost') {
    for (const name of names) forgetStoreVersions(storeOf(name))
    localStorage.setItem(LOST, 'yes')
  }
  forget()
  return what
}

function forget(): void {
  localStorage.removeItem(STORED)
  localStorage.removeItem(SEEN)
}

/** The store that one of Dexie's databases is a part of. */
function storeOf(name: string): string {
  return name.replace(/^rxdb-dexie-/, '').replace(/--.*$/, '')
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
