/** Where the person is, from the page's hash: a room, and what is chosen in it. */
import { signal, type ReadonlySignal } from '@preact/signals'

export const ROOMS = ['health', 'dashboards', 'branches', 'products', 'orders', 'exceptions', 'members', 'log'] as const
export type Room = (typeof ROOMS)[number]

export interface Place {
  readonly room: Room
  /** As in the query of an address. */
  readonly chosen: URLSearchParams
}

const current = signal<Place>(placeOf(location.hash))
export const place: ReadonlySignal<Place> = current

addEventListener('hashchange', () => (current.value = placeOf(location.hash)))

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { room: ROOMS.find((room) => room === path) ?? 'health', chosen: new URLSearchParams(query) }
}

export function hashOf(room: Room, chosen = new URLSearchParams()): string {
  const query = chosen.toString()
  return `#/${room}${query === '' ? '' : `?${query}`}`
}

/** Goes where the browser's way back leads here again. */
export function go(room: Room, chosen = new URLSearchParams()): void {
  location.hash = hashOf(room, chosen)
}

/** Stays in the room; going back skips what was chosen before. */
export function choose(room: Room, chosen: URLSearchParams): void {
  history.replaceState(null, '', hashOf(room, chosen))
  current.value = placeOf(location.hash)
}
