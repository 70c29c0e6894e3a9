/** Light, dark, or as the system has it; kept on this device. `public/theme.js` says it before the first paint. */
import { effect, signal } from '@preact/signals'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED = 'outpost.theme'

export const theme = signal<Theme>(asTheme(stored()))

effect(() => {
  document.documentElement.dataset['theme'] = theme.value
})

// What is chosen in one tab is chosen in all.
addEventListener('storage', ({ key, newValue }) => {
  if (key === STORED) theme.value = asTheme(newValue)
})

export function setTheme(next: Theme): void {
  theme.value = next
  try {
    localStorage.setItem(STORED, next)
  } catch {
    // A page without storage still changes its colours; it only forgets.
  }
}

function asTheme(text: string | null): Theme {
  return THEMES.find((one) => one === text) ?? 'auto'
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED)
  } catch {
    return null
  }
}
