/** The pictures of the navigation: lines on 24 × 24, in the colour of the text beside them. */
import type { JSX } from 'preact'

const PATHS = {
  members:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 19.5c.6-3.6 3-5.5 6.5-5.5s5.9 1.9 6.5 5.5M16 11a3 3 0 1 0-1-5.8M17.5 14.2c2.3.5 3.6 2.2 4 5.3',
  order: 'M3 4h2.5l2.3 11h10l2.2-8H6.2M9.5 19.5h.01M16.5 19.5h.01',
  orders: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  today: 'M4 20h16M6.5 20v-6M12 20V6M17.5 20V10',
  requests: 'M4 5h16v11H12l-4 4v-4H4zM8 9.5h8M8 12.5h5',
  sync: 'M4.5 12a7.5 7.5 0 0 1 13-5.1L20 9.5M20 4.5v5h-5M19.5 12a7.5 7.5 0 0 1-13 5.1L4 14.5M4 19.5v-5h5',
  staff:
    'M4 5h16v14H4zM9 12.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M6 16.5c.3-1.6 1.4-2.5 3-2.5s2.7.9 3 2.5M14.5 9.5h3M14.5 13h3',
  settings:
    'M4 7h9M17 7h3M4 12h3M11 12h9M4 17h9M17 17h3M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4M9 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4M15 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  me: 'M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20.5c.8-4 3.5-6 7.5-6s6.7 2 7.5 6',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
