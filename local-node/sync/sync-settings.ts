/** What people set of synchronisation beside on and off; kept in the branch's store. */
import { z } from 'zod'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

/** More than there are collections. */
const MAX_NAMES = 100
const names = z.array(z.string().min(1).max(64)).max(MAX_NAMES)

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day looks like 22:00')

export const syncSettingsSchema = z.object({
  /** Collections that are neither sent nor fetched; with them goes their whole class. */
  suspended: z.array(z.string()),
  /** By the branch's own clock; may pass midnight. Outside of it the collections of `windowFor` are suspended. */
  window: z.object({ from: timeOfDay, to: timeOfDay }).optional(),
  windowFor: z.array(z.string()).optional(),
  /** Kilobytes (1,000 bytes) a second, both ways together. */
  bandwidth: z.number().min(1).max(1_000_000).optional(),
})
export type SyncSettings = z.infer<typeof syncSettingsSchema>

/** A change of them; `null` takes a setting off. */
export const settingsChangeSchema = z.strictObject({
  suspend: names.min(1).optional(),
  resume: names.min(1).optional(),
  window: syncSettingsSchema.shape.window.unwrap().nullable().optional(),
  windowFor: names.min(1).nullable().optional(),
  bandwidth: syncSettingsSchema.shape.bandwidth.unwrap().nullable().optional(),
})
export type SettingsChange = z.infer<typeof settingsChangeSchema>

/** What is urgent whatever the hour: who is a member, and what was decided about it. */
const URGENT: readonly string[] = ['members', 'requests', 'decisions']

const SETTING = 'sync settings'
export const NO_SETTINGS: SyncSettings = { suspended: [] }

export function readSyncSettings(store: Store): SyncSettings {
  const saved = store.readSetting(SETTING)
  return saved === undefined ? NO_SETTINGS : syncSettingsSchema.parse(JSON.parse(saved))
}

export function writeSyncSettings(store: Store, settings: SyncSettings): void {
  store.transaction('setting', () => store.writeSetting(SETTING, JSON.stringify(settings)))
}

/** @throws OutpostError COLLECTION_UNKNOWN, BAD_CONFIGURATION; nothing is changed then */
export function changeSettings(
  settings: SyncSettings,
  change: SettingsChange,
  declarations: readonly CollectionDeclaration[],
): SyncSettings {
  const { suspend = [], resume = [], window, windowFor, bandwidth } = change
  const declared = declarations.map(({ name }) => name)
  for (const name of [...suspend, ...resume, ...(windowFor ?? [])]) {
    if (declared.includes(name)) continue
    throw new OutpostError('COLLECTION_UNKNOWN', `there is no collection "${name}"; there are ${declared.join(', ')}`)
  }
  const suspended = new Set([...settings.suspended, ...suspend])
  for (const name of resume) suspended.delete(name)
  const next = {
    suspended: declared.filter((name) => suspended.has(name)),
    window: window === undefined ? settings.window : (window ?? undefined),
    windowFor: windowFor === undefined ? settings.windowFor : (windowFor ?? undefined),
    bandwidth: bandwidth === undefined ? settings.bandwidth : (bandwidth ?? undefined),
  }
  if (next.window && next.window.from === next.window.to) {
    throw new OutpostError('BAD_CONFIGURATION', 'a window begins and ends at different times', { field: 'window' })
  }
  if (next.windowFor && !next.window) {
    throw new OutpostError('BAD_CONFIGURATION', 'there is no window for them: name one too', { field: 'windowFor' })
  }
  return syncSettingsSchema.parse(next)
}

/**
 * The classes that take no part now.
 *
 * @param now by the branch's own clock; asked where there is a window
 */
export function suspendedClasses(
  { suspended, window, windowFor }: SyncSettings,
  declarations: readonly CollectionDeclaration[],
  now: () => number,
): ReadonlySet<number> {
  const isShut = window !== undefined && !isWithin(window, new Date(now()))
  const isSuspended = (name: string) =>
    suspended.includes(name) || (isShut && (windowFor ? windowFor.includes(name) : !URGENT.includes(name)))
  return new Set(declarations.filter(({ name }) => isSuspended(name)).map(({ syncClass }) => syncClass))
}

function isWithin({ from, to }: NonNullable<SyncSettings['window']>, now: Date): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const minute = now.getHours() * 60 + now.getMinutes()
  return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
