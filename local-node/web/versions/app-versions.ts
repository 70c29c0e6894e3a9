/** The service worker: opens the app with no network at all, fetches new versions, and keeps each until it may be used. */
import { atMost } from '../frame/at-most.ts'

const PATH = '/sw.js'
const LOOK_EVERY_MS = 30 * 60_000
const FETCH_DEADLINE_MS = 15_000

/** @param onReady a new version is here, waiting or taken into use by another tab */
export function watchServiceWorker(onReady: () => void): void {
  const container = serviceWorkers()
  if (!container || !import.meta.env.PROD) return
  /** The first one of a device takes over what it has already loaded. */
  let isFirst = container.controller === null
  container.addEventListener('controllerchange', () => {
    if (!isFirst) onReady()
    isFirst = false
  })
  const watch = (registration: ServiceWorkerRegistration) => {
    const look = () => {
      if (registration.waiting && container.controller) onReady()
    }
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
    look()
  }
  const lookRegularly = () => void lookForNew(container).then(watchOnce, () => undefined)
  let isWatched = false
  const watchOnce = (registration: ServiceWorkerRegistration | undefined) => {
    if (!registration || isWatched) return
    isWatched = true
    watch(registration)
  }
  // The node may be away: what waits since an earlier visit is told all the same.
  void container.getRegistration().then(watchOnce).finally(lookRegularly)
  setInterval(lookRegularly, LOOK_EVERY_MS)
}

/** The service worker would answer a reload with the app that it has: brings the newest, if the node has one, into use. */
export async function fetchNewApp(): Promise<void> {
  const container = serviceWorkers()
  if (!container) return
  await atMost(FETCH_DEADLINE_MS, bringIntoUse(container))
}

async function bringIntoUse(container: ServiceWorkerContainer): Promise<void> {
  const known = await container.getRegistration()
  if (!known) return
  const { installing, waiting } = (await lookForNew(container).catch(() => undefined)) ?? known
  const next = installing ?? waiting
  if (!next) return
  await inState(next, (state) => state !== 'installing')
  next.postMessage({ type: 'SKIP_WAITING' })
  await inState(next, (state) => state === 'activated' || state === 'redundant')
}

/**
 * `update()` asks with the lowest priority, and in Chromium that waits as long as any tab has its few long streams to the
 * node open, which is always. Registering with another `updateViaCache` asks at once; the node forbids caching anyway.
 */
async function lookForNew(container: ServiceWorkerContainer): Promise<ServiceWorkerRegistration> {
  const known = await container.getRegistration()
  return container.register(PATH, { updateViaCache: known?.updateViaCache === 'none' ? 'imports' : 'none' })
}

function inState(worker: ServiceWorker, isIt: (state: ServiceWorkerState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (isIt(worker.state)) resolve()
    }
    worker.addEventListener('statechange', look)
    look()
  })
}

/** Without a secure context there are none. */
function serviceWorkers(): ServiceWorkerContainer | undefined {
  return (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker
}
