/** The page's language and its words. A dictionary is typed by its English keys, so a missing Chinese word does not compile. */
import { effect, signal } from '@preact/signals'

export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const STORED = 'outpost.language'

export const language = signal<Language>(firstLanguage())

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
})

// What is chosen in one tab is chosen in all.
addEventListener('storage', ({ key, newValue }) => {
  if (key === STORED && isLanguage(newValue)) language.value = newValue
})

export function setLanguage(next: Language): void {
  language.value = next
  try {
    localStorage.setItem(STORED, next)
  } catch {
    // A page without storage still changes its language; it only forgets.
  }
}

export type Words<Key extends string> = Readonly<Record<Language, Readonly<Record<Key, string>>>>
export type Translate<Key extends string> = (key: Key, values?: Readonly<Record<string, string | number>>) => string

/** `{name}` in a text is replaced by the value of that name. Reading it in a component follows the language. */
export function translator<Key extends string>(words: Words<Key>): Translate<Key> {
  return (key, values = {}) =>
    words[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

function firstLanguage(): Language {
  let stored: string | null = null
  try {
    stored = localStorage.getItem(STORED)
  } catch {
    // see above
  }
  if (isLanguage(stored)) return stored
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) ? 'zh' : 'en'
}

function isLanguage(text: string | null): text is Language {
  return LANGUAGES.some((one) => one === text)
}
