/** Orders texts by UTF-16 code units, as `toSorted` does by itself: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
