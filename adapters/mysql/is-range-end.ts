/**
 * Whether an id can end a range that the store and MySQL both cut.
 *
 * The store orders ids as JavaScript does, by UTF-16 code units (see `sort-key.ts`); MySQL's `utf8mb4_bin` orders them by
 * code points, as SQLite does by itself, and as if spaces followed each. Code units and code points agree beside a
 * character up to U+D7FF, as a surrogate pair is behind it for both; from U+E000 on they do not. And of two ids of which
 * one continues the other, the longer comes later for MySQL too unless it goes on with spaces or control characters, which
 * are less than the spaces that MySQL sees there.
 *
 * So beside an id of characters from the space to U+D7FF that does not end with a space, every other one stands on the same
 * side for all; but one that continues it with spaces or control characters may come earlier in MySQL: then it is cleared
 * with the range before and written with its own.
 */
const PLAIN = /^[\x20-\uD7FF]*[\x21-\uD7FF]$/
/** What the column has room for that says how far a filling has come. */
const MOST_CHARACTERS = 128

export function isRangeEnd(id: string): boolean {
  return id.length <= MOST_CHARACTERS && PLAIN.test(id)
}
