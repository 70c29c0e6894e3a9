/** The addresses of headquarters for alerts: what wants a person's attention, who has taken it up, a test of the channels. */
import { z } from 'zod'
import { actorOf } from '../../schemas/access.ts'
import type { Alert, AlertsView } from '../../schemas/protocol/alerts.ts'
import type { RouteTable } from './route-table.ts'

/** What the node does for these addresses. */
export interface AlertDesk {
  view(): AlertsView
  acknowledge(key: string, by: string): Alert
  test(channel?: string): Promise<readonly { readonly channel: string; readonly reason?: string }[]>
}

const keyInPath = z.object({ key: z.string().min(1).max(200) })
const wantedTest = z.strictObject({ channel: z.string().min(1).max(64).optional() })

export function addAlertRoutes(routes: RouteTable, desk: AlertDesk): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/alerts',
      access: 'viewer',
      about: 'What wants attention, the last 100 alerts that are over, and the channels that tell people.',
    },
    () => desk.view(),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/alerts/:key/acknowledge',
      access: 'operator',
      about: 'Says that somebody sees to it: nobody is told of it again unless it becomes graver.',
      params: keyInPath,
      body: z.strictObject({}),
      audit: 'alert.acknowledge',
    },
    ({ params, principal, about }) => {
      about.subject = params.key
      return desk.acknowledge(params.key, actorOf(principal))
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/alerts/test',
      access: 'administrator',
      about: 'Sends a test message to a channel, or to all; answers with what became of it.',
      body: wantedTest,
      audit: 'alert.test',
    },
    async ({ body, about }) => {
      about.subject = body.channel ?? 'all'
      return { channels: await desk.test(body.channel) }
    },
  )
}
