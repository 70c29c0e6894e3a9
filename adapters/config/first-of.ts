/** The first of many mistakes, each once, and how many more there are. */
export function firstOf(words: readonly string[], most: number): readonly string[] {
  const different = [...new Set(words)]
  const more = different.length - most
  return more > 0 ? [...different.slice(0, most), `and ${more} more`] : different
}
