/** What a page has loaded, and what its device holds. */
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'

/** @returns bytes of all scripts and style sheets that the page has loaded, each compressed */
export async function bundleBytes(page: Page): Promise<number> {
  const texts = await page.evaluate<string[]>(
    `Promise.all([...new Set(performance.getEntriesByType('resource').map(({ name }) => name))]
      .filter((name) => /\\.(js|css)$/.test(new URL(name).pathname))
      .map((name) => fetch(name).then((answer) => answer.text())))`,
  )
  return texts.reduce((sum, text) => sum + gzipSync(text).length, 0)
}

/** @returns how many documents of a collection its IndexedDB has; 0 before there is one */
export function documentsHeld(page: Page, collection: string): Promise<number> {
  return countIn(page, `^rxdb-dexie-outpost-.*--${collection}$`, 'docs')
}

/** Whether the cards of a collection are kept for the next visit. */
export async function areCardsKept(page: Page, collection: string): Promise<boolean> {
  return (await countIn(page, `^outpost-cards-.*-${collection}$`, 'standing')) > 0
}

/** @param name a regular expression; a database that is not there must not be made by opening it */
function countIn(page: Page, name: string, store: string): Promise<number> {
  return page.evaluate<number>(`indexedDB.databases().then((all) => new Promise((resolve, reject) => {
    const known = all.find(({ name }) => new RegExp(${JSON.stringify(name)}).test(name))
    if (!known) return resolve(0)
    const opening = indexedDB.open(known.name)
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const db = opening.result
      const counting = db.transaction('${store}').objectStore('${store}').count()
      counting.onsuccess = () => (db.close(), resolve(counting.result))
      counting.onerror = () => reject(counting.error)
    }
  }))`)
}
