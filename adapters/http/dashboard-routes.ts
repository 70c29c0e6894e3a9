/** The addresses of headquarters for the chain's figures, as JSON and as CSV. */
import { z } from 'zod'
import { dashboardQuerySchema, type DashboardQuery } from '../../schemas/protocol/dashboard-query.ts'
import {
  DASHBOARD_NAMES,
  type Dashboard,
  type DashboardList,
  type DashboardName,
} from '../../schemas/protocol/dashboards.ts'
import { dashboardCsv } from './dashboard-csv.ts'
import type { RouteTable } from './route-table.ts'

/** What the node does for these addresses. */
export interface DashboardDesk {
  list(): DashboardList
  read(name: DashboardName, asked: DashboardQuery): Promise<Dashboard>
}

const nameInPath = z.object({ name: z.enum(DASHBOARD_NAMES) })

export function addDashboardRoutes(routes: RouteTable, dashboards: DashboardDesk): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/dashboards',
      access: 'viewer',
      about: 'The figures that there are, with their columns, the time zone of their days, and how the mirror stands.',
    },
    () => dashboards.list(),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/dashboards/:name',
      access: 'viewer',
      about:
        'Figures of a range of days, at most 400, of all branches or one, of all currencies or one, from the mirror’s database alone; with format=csv a file, whose money is in major units.',
      params: nameInPath,
      query: dashboardQuerySchema,
    },
    async ({ params, query, res }) => {
      const dashboard = await dashboards.read(params.name, query)
      if (query.format === 'json') return dashboard
      const { name, from, to, branch, currency, rows, truncated } = dashboard
      const parts = [name, from, to, branch?.replaceAll(/[^\w.-]/g, '_'), currency, truncated && `first-${rows.length}`]
      res.attachment(`${parts.filter(Boolean).join('_')}.csv`)
      res.type('text/csv; charset=utf-8').send(dashboardCsv(dashboard, query.lang))
      return undefined
    },
  )
}
