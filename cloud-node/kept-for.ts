/** Asks again only after a while; where the clock has gone back too. */
export function keptFor<T>(ms: number, nowMs: () => number, ask: () => T): () => T {
  let kept: { readonly atMs: number; readonly value: T } | undefined
  return () => {
    const atMs = nowMs()
    if (!kept || Math.abs(atMs - kept.atMs) >= ms) kept = { atMs, value: ask() }
    return kept.value
  }
}
