/** The address of what was done, by whom. */
import type { Access } from '../../schemas/access.ts'
import { auditQuerySchema, type AuditPage } from '../../schemas/protocol/accounts.ts'
import type { AuditLog } from '../access/audit-log.ts'
import type { RouteTable } from './route-table.ts'

export function addAuditRoutes(routes: RouteTable, audit: AuditLog, access: Access): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/audit',
      access,
      about: 'Who did what, the newest first; `before` is the number of the last entry of the page before.',
      query: auditQuerySchema,
    },
    ({ query }): AuditPage => ({ entries: audit.list(query) }),
  )
}
