/** Documents by collection, as the commands print them. */
export function countsInWords(documents: Readonly<Record<string, number>>): string {
  return Object.entries(documents)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
