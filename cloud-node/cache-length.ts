/** Characters of JSON. Mirror and branches read what was written lately, and nobody the same orders again and again. */
export const CACHE_LENGTH = 8 * 2 ** 20
