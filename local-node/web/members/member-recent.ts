/** The members that were opened last in this tab, by their ids, so that a reload keeps them and closing the tab does not. */
const STORED = 'outpost.members.opened'
const MOST = 6

/** The newest first. */
export function openedMembers(): string[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

export function noteOpened(id: string): void {
  try {
    const ids = [id, ...openedMembers().filter((other) => other !== id)].slice(0, MOST)
    sessionStorage.setItem(STORED, JSON.stringify(ids))
  } catch {
    // A convenience; the member is found as before.
  }
}
