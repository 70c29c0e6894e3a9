/** `GET /api/status` and its live form `GET /api/status/stream`, the same for both nodes. */
import type { Express } from 'express'
import type { Log } from '../log.ts'
import { openEventStream } from './event-stream.ts'

/** At most so often, ms: a busy store changes more than anybody can read. */
const SHORTEST_PAUSE_MS = 250

export interface StatusSource {
  readonly status: () => unknown
  /** Calls back when the status may have changed; returns the unsubscribe function. */
  readonly onChange: (listener: () => void) => () => void
}

export function addStatusRoutes(app: Express, source: StatusSource, log: Log): void {
  app.get('/api/status', (_req, res) => void res.json(source.status()))
  app.get('/api/status/stream', (_req, res) => {
    let waiting: NodeJS.Timeout | undefined
    const stream = openEventStream(res, () => {
      clearTimeout(waiting)
      unsubscribe()
    })
    const send = () => {
      waiting = undefined
      try {
        stream.send(source.status())
      } catch (err) {
        // The client sees that nothing comes; the node goes on.
        log.error({ err }, 'the status could not be told')
      }
    }
    const unsubscribe = source.onChange(() => (waiting ??= setTimeout(send, SHORTEST_PAUSE_MS)))
    send()
  })
}
