/** The node's own log: always there, and told at once. */
import type { Log } from '../../log.ts'
import type { Channel } from '../channel.ts'
import { ALERT_LEVELS } from '../thresholds.ts'

export const CONSOLE = 'console'

/** Of one line. */
const MOST_SHOWN = 20

export function consoleChannel(log: Log): Channel {
  return {
    name: CONSOLE,
    kind: 'console',
    levels: ALERT_LEVELS,
    isForPeople: false,
    send({ isTest, level, title, lines }) {
      const said = { ...(level && { alertLevel: level }), alerts: lines.slice(0, MOST_SHOWN).map(({ text }) => text) }
      if (level === 'critical') log.error(said, title)
      else if (level === undefined && !isTest) log.info(said, title)
      else log.warn(said, title)
      return Promise.resolve()
    },
  }
}
