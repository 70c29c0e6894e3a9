/** A text on a terminal that is drawn anew: no more than fits, since what is drawn anew must not scroll. */
import { widthOf } from './member-table.ts'

export interface Screen {
  readonly rows: number
  readonly columns: number
}

const HOME_AND_CLEAR = '\u001B[H\u001B[2J'

/** @returns what the terminal is to be sent */
export function drawn(text: string, { rows, columns }: Screen): string {
  const lines = text.split('\n')
  // The cursor stands in the last one.
  const room = Math.max(1, rows - 1)
  const taken = lines.map((line) => Math.max(1, Math.ceil(widthOf(line) / columns)))
  const sum = (count: number) => taken.slice(0, count).reduce((all, one) => all + one, 0)
  if (sum(lines.length) <= room) return `${HOME_AND_CLEAR}${text}\n`
  let fitting = lines.length
  while (fitting > 0 && sum(fitting) > room - 1) fitting -= 1
  return `${HOME_AND_CLEAR}${[...lines.slice(0, fitting), `… ${lines.length - fitting} more lines`].join('\n')}\n`
}
