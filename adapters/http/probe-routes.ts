/** What systemd, load balancers and orchestrators ask again and again: `GET /livez` and `GET /readyz`, of both nodes. */
import type { Readiness } from '../../schemas/protocol/readiness.ts'
import { readinessOf, type ReadinessSource } from '../metrics/readiness.ts'
import type { RouteTable } from './route-table.ts'

/** For so long an answer stands: anybody may ask, and while writes fail each look tries one. */
const KEPT_MS = 2000

/** @param nowMs never goes back, such as `performance.now` */
export function addProbeRoutes(
  routes: RouteTable,
  source: ReadinessSource,
  nowMs: () => number = () => performance.now(),
): void {
  routes.add({ method: 'GET', path: '/livez', access: 'open', about: 'That the process answers.' }, () => ({
    live: true,
  }))
  let kept: { readonly atMs: number; readonly readiness: Readiness } | undefined
  routes.add(
    {
      method: 'GET',
      path: '/readyz',
      access: 'open',
      about:
        'Whether the node does its work, else 503; `warnings` name what is not well though it does. A branch without internet is ready.',
    },
    ({ res }) => {
      const atMs = nowMs()
      if (!kept || atMs - kept.atMs >= KEPT_MS) kept = { atMs, readiness: readinessOf(source) }
      res.status(kept.readiness.ready ? 200 : 503).json(kept.readiness)
    },
  )
}
