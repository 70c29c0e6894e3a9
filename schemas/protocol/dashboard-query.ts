/** What `GET /api/dashboards/:name` may be asked; apart from the answers, so that the page does without zod. */
import { z } from 'zod'
import { MOST_DASHBOARD_ROWS } from './dashboards.ts'

const day = z.iso.date().refine((text) => text >= '1970-01-02' && text <= '9998-12-31', 'a day from 1970 to 9998')

export const dashboardQuerySchema = z.strictObject({
  from: day.optional(),
  to: day.optional(),
  branch: z.string().min(1).max(64).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'a code of ISO 4217 such as CNY')
    .optional(),
  limit: z.coerce.number().int().min(1).max(MOST_DASHBOARD_ROWS).default(MOST_DASHBOARD_ROWS),
  format: z.enum(['json', 'csv']).default('json'),
  /** Of the head of a CSV; the columns' names without it. */
  lang: z.enum(['zh', 'en']).optional(),
})
export type DashboardQuery = z.output<typeof dashboardQuerySchema>
