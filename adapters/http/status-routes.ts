/** `GET /api/status` and its live form `GET /api/status/stream`, the same for both nodes. */
import type { Access } from '../../schemas/access.ts'
import type { Log } from '../log.ts'
import type { RouteTable } from './route-table.ts'

/** At most so often, ms: a busy store changes more than anybody can read. */
const SHORTEST_PAUSE_MS = 250
/** To one who looks: of hundreds of branches something changes all the time, and the line is also needed for them. */
const CHARACTERS_PER_MS = 150

export interface StatusSource {
  readonly status: () => unknown
  /** Calls back when the status may have changed; returns the unsubscribe function. */
  readonly onChange: (listener: () => void) => () => void
}

export function addStatusRoutes(routes: RouteTable, source: StatusSource, log: Log, access: Access): void {
  routes.add({ method: 'GET', path: '/api/status', access, about: 'How the node is.' }, () => source.status())
  routes.add(
    {
      method: 'GET',
      path: '/api/status/stream',
      access,
      about: 'The status as events: at once, then after changes, at most four a second.',
      streams: true,
    },
    ({ openStream }) => {
      let waiting: NodeJS.Timeout | undefined
      let pauseMs = SHORTEST_PAUSE_MS
      const stream = openStream(() => {
        clearTimeout(waiting)
        unsubscribe()
      })
      const send = () => {
        waiting = undefined
        try {
          pauseMs = pauseAfter(stream.send(source.status()))
        } catch (err) {
          // The client sees that nothing comes; the node goes on.
          log.error({ err }, 'the status could not be told')
        }
      }
      const unsubscribe = source.onChange(() => (waiting ??= setTimeout(send, pauseMs)))
      send()
    },
  )
}

/** @param length of what was told last, characters @returns ms */
export function pauseAfter(length: number): number {
  return Math.max(SHORTEST_PAUSE_MS, Math.ceil(length / CHARACTERS_PER_MS))
}
