/** Tables and texts for terminals. */

/** Left-aligned columns, the last of any width; `indent` blanks in front. */
export function table(rows: readonly (readonly string[])[], indent = 0): string {
  const shown = rows.map((row) => row.map(plain))
  const widths: number[] = []
  for (const row of shown) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))))
  return shown
    .map((row) => {
      const cells = row.map((cell, at) => cell + ' '.repeat(widths[at]! - widthOf(cell)))
      return `${' '.repeat(indent)}${cells.join('  ')}`.trimEnd()
    })
    .join('\n')
}

/** What somebody wrote, without what would make a terminal do something. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}|\p{Bidi_Control}/gu, ' ')
}

/** An ISO time to the minute. */
export function minute(iso: string | undefined): string {
  return iso === undefined ? '' : `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

/** Chinese, Japanese and Korean signs take two columns. */
export function widthOf(text: string): number {
  const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu
  return [...text].length + [...text.matchAll(wide)].length
}
