/**
 * An app that is older than its node, which takes nothing from it any more, or than another tab, which migrates the
 * documents. It says so, looks for the new app, and loads it by itself once, when nothing is being typed. What was
 * written stays on the device and is sent by the new app.
 */
import { signal } from '@preact/signals'
import type { CollectionDeclaration } from '../../schemas/collection.ts'

export const isOutdated = signal(false)

/** In the tab: the schemas of the app that has loaded the page anew because of this. The same app does it once. */
const RELOADED = 'outpost.outdated'
const LOOK_EVERY_MS = 2_000
const FETCH_DEADLINE_MS = 15_000

let mayDisturb: () => boolean = isNothingTyped

/** @param isIdle nothing is begun that a reload would lose, besides what stands in fields */
export function watchOutdated(isIdle: () => boolean): void {
  mayDisturb = () => isIdle() && isNothingTyped()
}

/**
 * The node does not know this app's schemas any more, or a newer app has taken its store.
 *
 * @param declarations that this app was built with
 */
export function noteOutdated(declarations: readonly CollectionDeclaration[]): void {
  if (isOutdated.value) return
  isOutdated.value = true
  const schemas = declarations.map(({ name, schema }) => `${name} ${schema.version}`).join(', ')
  if (sessionStorage.getItem(RELOADED) === schemas) return
  void untilUndisturbed().then(() => {
    sessionStorage.setItem(RELOADED, schemas)
    return reload()
  })
}

/** Resolves when nobody is in the middle of something. */
export async function untilUndisturbed(): Promise<void> {
  while (!mayDisturb()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}

export async function reload(): Promise<void> {
  await fetchNewApp()
  location.reload()
}

/** The service worker would answer the reload with the app that it has, so it is asked for a new one first. */
async function fetchNewApp(): Promise<void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
  const registration = await serviceWorker?.getRegistration().catch(() => undefined)
  if (!registration) return
  const replaced = new Promise<void>((resolve) => {
    serviceWorker!.addEventListener('controllerchange', () => resolve(), { once: true })
    setTimeout(resolve, FETCH_DEADLINE_MS)
  })
  await registration.update().catch(() => undefined)
  const { installing, waiting } = registration
  if (!installing && !waiting) return
  installing?.addEventListener('statechange', () => registration.waiting?.postMessage({ type: 'SKIP_WAITING' }))
  waiting?.postMessage({ type: 'SKIP_WAITING' })
  await replaced
}

function isNothingTyped(): boolean {
  if (document.querySelector('dialog[open]')) return false
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')
  return [...fields].every(({ type, value }) => value === '' || ['checkbox', 'radio', 'hidden'].includes(type))
}
