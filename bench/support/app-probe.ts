/**
 * What runs in the page while it is measured: times on the page's own clock, so that neither the driver nor its
 * connection counts. As text, since these files are compiled for Node.
 */
import type { Page } from 'playwright-core'

/**
 * `ready(testId)`: when an element was first there that can be typed into, ms since the navigation.
 * `after(event, testId)`: arms the probe; from the event until the frame that shows a change, or what is named.
 */
const PROBE = `
globalThis.probe = {
  ready: (testId) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(testId + ' did not come: ' + document.body.innerText.slice(0, 500))), 120_000)
    const look = () => {
      const found = document.querySelector('[data-testid="' + testId + '"]:not([disabled])')
      if (found) requestAnimationFrame(() => resolve(performance.now()))
      return found
    }
    if (look()) return
    const observer = new MutationObserver(() => look() && observer.disconnect())
    observer.observe(document, { subtree: true, childList: true, attributes: true })
  }),
  after: (event, testId) => {
    let startMs
    const observer = new MutationObserver(() => {
      if (startMs === undefined || (testId && !document.querySelector('[data-testid="' + testId + '"]'))) return
      end()
    })
    let resolve
    const measured = new Promise((done) => (resolve = done))
    const end = () => {
      observer.disconnect()
      const { port1, port2 } = new MessageChannel()
      // A message that is sent within a frame comes after it was drawn.
      port1.onmessage = () => resolve(performance.now() - startMs)
      requestAnimationFrame(() => port2.postMessage(0))
    }
    addEventListener(event, ({ timeStamp }) => {
      startMs = timeStamp
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
      // A key that changes nothing on the screen is over with the second frame.
      if (!testId) requestAnimationFrame(() => requestAnimationFrame(() => observer.takeRecords().length === 0 && end()))
    }, { capture: true, once: true })
    globalThis.measured = measured
  },
}
`

export async function addProbe(page: Page): Promise<void> {
  await page.addInitScript(PROBE)
}

/** @returns ms since the navigation */
export function readyAt(page: Page, testId: string): Promise<number> {
  return page.evaluate<number>(`probe.ready(${JSON.stringify(testId)})`)
}

/** @param testId what must be shown, where not any change will do @returns ms from the event on */
export async function timeOf(
  page: Page,
  act: () => Promise<void>,
  { event, testId }: { readonly event: 'input' | 'click'; readonly testId?: string },
): Promise<number> {
  await page.evaluate(`probe.after(${JSON.stringify(event)}, ${JSON.stringify(testId ?? '')})`)
  await act()
  return page.evaluate<number>('measured')
}
