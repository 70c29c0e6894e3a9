/** Patterns by which the node does something by itself. */
import { Cron } from 'croner'

/** Five fields: minute, hour, day of the month, month, day of the week. */
export function isCronPattern(text: string): boolean {
  try {
    return new Cron(text, { mode: '5-part', paused: true }).nextRun() !== null
  } catch {
    return false
  }
}
