/** Which figures are too bad, by requirement 003 §5.1; needs no page. */

/** Beyond these a figure is shown in red. */
export const FIGURE_LIMITS = {
  successRate: 0.999,
  meanDelayMs: 300_000,
  failedLastHour: 10,
  backlog: 100,
  retries: 50,
} as const

export type JudgedFigure = keyof typeof FIGURE_LIMITS

/** What nobody has measured is not too bad, and not good either. */
export function isTooBad(name: JudgedFigure, value: number | undefined): boolean {
  if (value === undefined) return false
  return name === 'successRate' ? value < FIGURE_LIMITS.successRate : value > FIGURE_LIMITS[name]
}
