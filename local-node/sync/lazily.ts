/** What can be looked up, as a view whose parts are: each once, and only where a decision needs it. */
export function lazily<T extends object>(lookups: { readonly [Key in keyof T]: () => T[Key] }): T {
  const view = {}
  for (const [key, lookUp] of Object.entries<() => unknown>(lookups)) {
    let value: { readonly found: unknown } | undefined
    Object.defineProperty(view, key, { get: () => (value ??= { found: lookUp() }).found })
  }
  return view as T
}
