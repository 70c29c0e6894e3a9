/** The app as an app of the device: whether it is one, and the browser's own offer to make it one. */
import { signal } from '@preact/signals'

/** Of Chromium; no other browser tells. */
interface InstallOffer extends Event {
  prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>
}

export const installOffer = signal<InstallOffer | undefined>(undefined)
export const isInstalled = signal(
  matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true,
)

export function watchInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    installOffer.value = event as InstallOffer
  })
  addEventListener('appinstalled', () => {
    installOffer.value = undefined
    isInstalled.value = true
  })
}

export async function install(): Promise<void> {
  const offer = installOffer.value
  // Each can be used once.
  installOffer.value = undefined
  await offer?.prompt()
}
