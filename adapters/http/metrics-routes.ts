/** `GET /metrics`, for Prometheus and whatever else reads its text format. */
import type { Request } from 'express'
import type { Principal } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { NodeMetrics } from '../metrics/node-metrics.ts'
import { isLoopback } from '../tls/encryption-policy.ts'
import { sendText } from './compress-answer.ts'
import type { RouteTable } from './route-table.ts'

export function addMetricsRoutes(routes: RouteTable, metrics: Pick<NodeMetrics, 'scrape' | 'contentType'>): void {
  routes.add(
    {
      method: 'GET',
      path: '/metrics',
      access: 'open',
      about:
        "The node's figures in the text format of Prometheus. Programs of its own machine need nothing; from elsewhere a program's token, or whoever is logged in at headquarters or uses a paired device.",
    },
    async ({ principal, req, res }) => {
      refuseStrangers(principal, req)
      sendText(req, res, metrics.contentType, await metrics.scrape())
    },
  )
}

/** @throws OutpostError FORBIDDEN, UNAUTHENTICATED */
function refuseStrangers({ kind }: Principal, req: Request): void {
  if (isFromOwnMachine(req) || KNOWN.has(kind)) return
  if (kind === 'nobody') {
    throw new OutpostError('UNAUTHENTICATED', "from another machine this is for programs: show a program's token")
  }
  throw new OutpostError('FORBIDDEN', 'the figures of the chain are for no branch')
}

const KNOWN: ReadonlySet<Principal['kind']> = new Set(['command', 'program', 'account', 'device'])

/** Of these a proxy sends at least one, also one that nobody has named in the configuration. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/** What a proxy hands on comes from somebody else; one that is named in the configuration may say nothing of it. */
function isFromOwnMachine(req: Request): boolean {
  const peer = req.socket.remoteAddress ?? ''
  const isProxy = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean
  return isLoopback(peer) && !isProxy(peer, 0) && FORWARDED.every((name) => req.get(name) === undefined)
}
