/** A device of a branch that is switched off and on again: Chromium on a profile of its own, which outlives the browser. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { letIn, openBrowser } from '../../scripts/screenshots/app-page.ts'
import { temporaryFolder } from './node-process.ts'
import { opened } from './opened.ts'
import { MANAGER } from './paired-page.ts'

const ROOM_BYTES = 4_000_000
/** Chromium grants room in advance: only what is written uses it up, in ever smaller pieces. */
const FILL = `(async () => {
  const db = await new Promise((resolve, reject) => {
    const opening = indexedDB.open('filler')
    opening.onupgradeneeded = () => opening.result.createObjectStore('bytes', { autoIncrement: true })
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error)
  })
  for (const size of [4_194_304, 65_536, 4_096, 256]) {
    const bytes = new Uint8Array(size)
    // At most 65,536 at once.
    for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
    const isWritten = () => new Promise((resolve) => {
      const writing = db.transaction('bytes', 'readwrite')
      writing.oncomplete = () => resolve(true)
      writing.onabort = () => resolve(false)
      writing.objectStore('bytes').add(bytes)
    })
    while (await isWritten());
  }
  db.close()
})()`
const MAKE_ROOM = `new Promise((resolve, reject) => {
  const deleting = indexedDB.deleteDatabase('filler')
  deleting.onsuccess = () => resolve()
  deleting.onerror = () => reject(deleting.error)
})`

/** How a device finds its node, where that is not simply its address. */
export interface WayToNode {
  readonly url: string
  /** Arguments of Chromium's command line. */
  readonly launch: readonly string[]
}

export class AppDevice implements AsyncDisposable {
  readonly #folder = temporaryFolder()
  #context: BrowserContext | undefined
  #page: Page | undefined
  #way: WayToNode
  readonly errors: string[] = []

  private constructor(way: WayToNode) {
    this.#way = way
  }

  /** A new device, paired and logged in, with the app in its cache. */
  static pair(node: NodeAddress, name = 'Till', way: WayToNode = { url: node.url, launch: [] }): Promise<AppDevice> {
    return opened(new AppDevice(way), async (device) => {
      const page = await device.#launch()
      await letIn(page, node, MANAGER, name, way.url)
      await page.getByTestId('phone-input').waitFor()
      // Without HTTPS there is none.
      await page.evaluate('navigator.serviceWorker?.ready.then(() => undefined)')
    })
  }

  /** Where its node is. */
  get url(): string {
    return this.#way.url
  }

  get page(): Page {
    if (!this.#page) throw new Error('the device is off')
    return this.#page
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error('the device is off')
    return this.#context
  }

  /** @param place after `#/` */
  async go(place: string): Promise<void> {
    await this.page.goto(`${this.url}/#/${place}`)
  }

  async off(): Promise<void> {
    await this.#context?.close()
    this.#context = undefined
    this.#page = undefined
  }

  /**
   * @param options.offline whether the device itself has no network from the start
   * @param options.way if it has changed since
   */
  async on({
    offline = false,
    way = this.#way,
  }: { readonly offline?: boolean; readonly way?: WayToNode } = {}): Promise<void> {
    this.#way = way
    await this.#launch()
    await this.context.setOffline(offline)
    await this.go('members')
  }

  /** Another tab of the same browser. */
  async openTab(place: string): Promise<Page> {
    const page = this.#watched(await this.context.newPage())
    await page.goto(`${this.url}/#/${place}`)
    return page
  }

  /** Clicks, and ends the page's process so many ms later, as its system does when memory runs out. */
  async crashAfterClick(testId: string, ms: number): Promise<void> {
    const { page } = this
    const session = await this.context.newCDPSession(page)
    const crashed = once(page)
    await page.getByTestId(testId).waitFor()
    await page.evaluate(`document.querySelector('[data-testid="${testId}"]').click()`)
    await sleep(ms)
    // It does not live to answer.
    void session.send('Page.crash').catch(() => undefined)
    await crashed
    await page.close()
    this.#page = this.#watched(await this.context.newPage())
  }

  /** Fills the disk as far as the app may use it. @returns what makes room again */
  async fillUp(): Promise<() => Promise<void>> {
    const session = await this.context.newCDPSession(this.page)
    const { origin } = new URL(this.url)
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: ROOM_BYTES })
    await this.page.evaluate(FILL)
    return async () => {
      await session.send('Storage.overrideQuotaForOrigin', { origin })
      await this.page.evaluate(MAKE_ROOM)
      await session.detach()
    }
  }

  /** With its profile. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.off()
    this.#folder.remove()
  }

  async #launch(): Promise<Page> {
    const options = { locale: 'en-US', viewport: { width: 1280, height: 900 } } as const
    this.#context = await openBrowser(join(this.#folder.path, 'profile'), options, this.#way.launch)
    this.#page = this.#watched(this.#context.pages()[0]!)
    return this.#page
  }

  #watched(page: Page): Page {
    page.setDefaultTimeout(30_000)
    page.on('pageerror', ({ message }) => this.errors.push(message))
    return page
  }
}

function once(page: Page): Promise<void> {
  return new Promise((resolve) => void page.once('crash', () => resolve()))
}

export async function registerMember(page: Page, name: string, phone: string): Promise<void> {
  await page.getByTestId('nav-members').click()
  await page.getByTestId('phone-input').fill(phone)
  await page.getByTestId('register-name').fill(name)
  await page.getByTestId('register-submit').click()
  await page.getByTestId('member-card').filter({ hasText: name }).waitFor()
}

/** Puts lines into the order that no catalogue has. */
export async function addLines(page: Page, lines: Readonly<Record<string, string>>): Promise<void> {
  await page.getByTestId('nav-order').click()
  for (const [name, price] of Object.entries(lines)) {
    await page.getByTestId('line-name').fill(name)
    await page.getByTestId('line-price').fill(price)
    await page.getByTestId('line-add').click()
    await page.getByTestId('order-line').filter({ hasText: name }).waitFor()
  }
}

export async function pay(page: Page): Promise<void> {
  await page.getByTestId('order-pay').click()
  await page.getByTestId('order-done').waitFor()
}
