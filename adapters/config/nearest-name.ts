/** Which of several names somebody may have meant. */

/** The name that one or two slips lead to, or that begins or ends as what was written; `undefined` where none does. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const typed = plain(written)
  const near = names
    .map((name) => ({ name, slips: slipsBetween(typed, plain(name)) }))
    .filter(({ name, slips }) => slips <= allowedSlips(plain(name)))
    .toSorted((a, b) => a.slips - b.slips)
  const holds = (a: string, b: string) => b.length >= 3 && (a.startsWith(b) || a.endsWith(b))
  return near[0]?.name ?? names.find((name) => holds(plain(name), typed) || holds(typed, plain(name)))
}

/** `setup-port`, `setup_port` and `SetupPort` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '')
}

/** In a short name every other one is near. */
function allowedSlips(name: string): number {
  return name.length < 6 ? 1 : 2
}

/** Letters to insert, remove, replace, or swap with the next one (Damerau's distance, each place changed once). */
function slipsBetween(a: string, b: string): number {
  const table: number[][] = []
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [i]
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) {
        row.push(j)
        continue
      }
      const above = table[i - 1]!
      let slips = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) slips = Math.min(slips, table[i - 2]![j - 2]! + 1)
      row.push(slips)
    }
    table.push(row)
  }
  return table[a.length]![b.length]!
}
