/** What this device's browser says of the room for the app, asked now and then. */
import { signal } from '@preact/signals'
import type { StorageFacts } from './storage-warning.ts'

const LOOK_EVERY_MS = 60_000

export const storageFacts = signal<StorageFacts>({})

export async function lookAtStorage(): Promise<void> {
  // Without a secure context there is none to ask.
  const { storage } = navigator as { storage?: StorageManager }
  try {
    const [estimate, persisted] = await Promise.all([storage?.estimate?.(), storage?.persisted?.()])
    const { usage: used, quota } = estimate ?? {}
    storageFacts.value = {
      ...(used !== undefined && { used }),
      ...(quota !== undefined && { quota }),
      ...(persisted !== undefined && { persisted }),
    }
  } catch {
    // It is asked again.
  }
}

/** The browser may ask the person, or decide by how the app is used: one that is installed is kept. */
export async function askToPersist(): Promise<void> {
  const { storage } = navigator as { storage?: StorageManager }
  await storage?.persist?.().catch(() => false)
  await lookAtStorage()
}

export function watchStorage(): void {
  void askToPersist()
  setInterval(() => void lookAtStorage(), LOOK_EVERY_MS)
}
