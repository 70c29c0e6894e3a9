/**
 * When the page may load itself anew for another version of the app: the one place that decides it. A version is wanted
 * because the service worker has it ready, because the node is newer than the app and takes nothing from it any more, or
 * because another tab's newer app migrates the documents. Whatever is typed, begun or being written is waited for.
 */
import { computed, signal } from '@preact/signals'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { fetchNewApp, watchServiceWorker } from './app-versions.ts'
import { watchTyping } from './typed-text.ts'

/** `still-outdated`: it has loaded itself anew once, which did not help; from now on a person says when. */
export type AppUpdate = 'ready' | 'outdated' | 'still-outdated'

/** What a reload would take away or startle. */
export interface PageUse {
  /** Something is begun, besides what stands in fields and dialogs. */
  readonly isBegun: () => boolean
  readonly isLookedAt: () => boolean
  /** Resolves when nothing is being written. */
  readonly written: () => Promise<unknown>
}

/** In the tab: the schemas of the app that has loaded the page anew because it was outdated. The same app does it once. */
const RELOADED = 'outpost.outdated'
const TRY_EVERY_MS = 2_000

const isReady = signal(false)
const outdated = signal<'outdated' | 'still-outdated'>()

export const appUpdate = computed<AppUpdate | undefined>(() => {
  if (outdated.value === 'outdated') return 'outdated'
  return isReady.value ? 'ready' : outdated.value
})

let use: PageUse = {
  isBegun: () => false,
  isLookedAt: () => !document.hidden,
  written: () => Promise.resolve(),
}
let isLoading = false

export function watchUpdates(of: PageUse): void {
  use = of
  watchTyping()
  watchServiceWorker(() => {
    if (isReady.value) return
    isReady.value = true
    // Nothing is sent any more by an app that is outdated: it does not wait until nobody looks.
    void until(() => isUndisturbed() && (outdated.value !== undefined || !use.isLookedAt())).then(loadNewApp)
  })
}

/**
 * The node does not know this app's schemas any more, or a newer app has taken its store.
 *
 * @param declarations that this app was built with
 */
export function noteOutdated(declarations: readonly CollectionDeclaration[]): void {
  if (outdated.value) return
  const schemas = declarations.map(({ name, schema }) => `${name} ${schema.version}`).join(', ')
  const hasTried = sessionStorage.getItem(RELOADED) === schemas
  outdated.value = hasTried ? 'still-outdated' : 'outdated'
  if (hasTried) return
  void untilUndisturbed().then(() => {
    sessionStorage.setItem(RELOADED, schemas)
    return loadNewApp()
  })
}

/** Resolves when nobody is in the middle of something. */
export function untilUndisturbed(): Promise<void> {
  return until(isUndisturbed)
}

/** Asked for by a person, who knows that what is typed in this tab and not saved goes. */
export async function updateNow(): Promise<void> {
  await use.written()
  await loadNewApp()
}

async function loadNewApp(): Promise<void> {
  if (isLoading) return
  isLoading = true
  await fetchNewApp()
  location.reload()
}

async function until(isTime: () => boolean): Promise<void> {
  for (;;) {
    if (isTime()) {
      await use.written()
      // Meanwhile somebody may have begun to type.
      if (isTime()) return
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS))
  }
}

function isUndisturbed(): boolean {
  if (use.isBegun() || document.querySelector('dialog[open]')) return false
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')
  return [...fields].every(({ type, value }) => value === '' || ['checkbox', 'radio', 'hidden'].includes(type))
}
