/** The highest schema versions that any app has opened this device's store with, kept beside it. */
import type { CollectionDeclaration } from '../../../schemas/collection.ts'

type Versions = Readonly<Record<string, number>>

/** A newer app has migrated the documents: this one would find none of them, and what it wrote would be passed over. */
export class StoreIsNewer extends Error {
  constructor(collection: string) {
    super(`a newer app has been here: it keeps other ${collection}`)
    this.name = 'StoreIsNewer'
  }
}

/** @throws StoreIsNewer */
export function refuseNewerStore(name: string, declarations: readonly CollectionDeclaration[]): void {
  const known = versionsOf(name)
  const newer = declarations.find((one) => (known[one.name] ?? 0) > one.schema.version)
  if (newer) throw new StoreIsNewer(newer.name)
}

export function noteStoreVersions(name: string, declarations: readonly CollectionDeclaration[]): void {
  const versions = Object.fromEntries(declarations.map((one) => [one.name, one.schema.version]))
  localStorage.setItem(keyOf(name), JSON.stringify({ ...versionsOf(name), ...versions }))
}

/** The store is deleted: whatever opens it next begins anew. */
export function forgetStoreVersions(name: string): void {
  localStorage.removeItem(keyOf(name))
}

function versionsOf(name: string): Versions {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? '{}') as Versions
  } catch {
    return {}
  }
}

function keyOf(name: string): string {
  return `outpost.versions.${name}`
}
