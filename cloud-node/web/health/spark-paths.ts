/** The paths of a small drawing without axes, of which one unit is one figure wide and `SPARK_HIGH` high; needs no page. */
export const SPARK_HIGH = 10

/** Bars, each at least a hair high where there is anything. @param most what reaches to the top; at least 1 */
export function sparkBars(values: readonly (number | null)[], most: number): string {
  return values
    .map((value, at) => {
      if (value === null || value <= 0) return ''
      const high = Math.max(0.6, (value / Math.max(1, most)) * SPARK_HIGH)
      return `M${at + 0.1} ${SPARK_HIGH}v${rounded(-high)}h0.8v${rounded(high)}z`
    })
    .join('')
}

/** Of figures that may not be known. */
export function largest(values: readonly (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
