/** Tags as they are typed, and those that this device has seen, which are offered for the next member. */
const STORED = 'outpost.tags'
const MOST_KEPT = 40
const MOST_OFFERED = 8
const LONGEST = 100
/** More on one member say nothing any more. */
export const MOST_TAGS = 50

/** One spelling for what looks the same; empty for nothing. */
export function readTag(typed: string): string {
  return typed.normalize('NFKC').replace(/\s+/g, ' ').trim().slice(0, LONGEST).trim()
}

/** `VIP，likes tea`: several tags, each once. */
export function readTags(typed: string): string[] {
  return typed
    .split(/[,，、;；\n]/)
    .map(readTag)
    .reduce<string[]>(withTag, [])
}

/** Without a tag that differs in capital letters only. */
export function withTag(tags: readonly string[], tag: string): string[] {
  const isThere = tags.some((other) => other.toLocaleLowerCase() === tag.toLocaleLowerCase())
  return tag === '' || isThere || tags.length >= MOST_TAGS ? [...tags] : [...tags, tag]
}

/** @param known the last used first */
export function offeredTags(known: readonly string[], has: readonly string[], typed: string): string[] {
  const text = readTag(typed).toLocaleLowerCase()
  const taken = new Set(has.map((tag) => tag.toLocaleLowerCase()))
  const fits = known.filter((tag) => tag.toLocaleLowerCase().includes(text) && !taken.has(tag.toLocaleLowerCase()))
  return fits.slice(0, MOST_OFFERED)
}

export function knownTags(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]')
    return Array.isArray(stored) ? stored.filter((tag) => typeof tag === 'string') : []
  } catch {
    return []
  }
}

/** @param tags of a member that was opened or tagged: to the front */
export function noteTags(tags: readonly string[]): void {
  const known = knownTags()
  const next = [...tags, ...known].reduce<string[]>(withTag, []).slice(0, MOST_KEPT)
  if (JSON.stringify(next) === JSON.stringify(known)) return
  try {
    localStorage.setItem(STORED, JSON.stringify(next))
  } catch {
    // A full localStorage costs the offer, not the tag.
  }
}
