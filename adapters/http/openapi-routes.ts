/** What anybody may ask of a node: whether it is there, and what its addresses are. */
import { openApiOf, type NodeKind, type OpenApi } from './openapi.ts'
import type { RouteTable } from './route-table.ts'

export function addOpenRoutes(routes: RouteTable, kind: NodeKind): void {
  routes.add(
    { method: 'GET', path: '/api/health', access: 'open', about: 'That the node answers, and nothing else of it.' },
    () => ({ ok: true }),
  )
  // All of them are declared once the first request comes.
  let document: OpenApi | undefined
  routes.add(
    { method: 'GET', path: '/api/openapi.json', access: 'open', about: 'These addresses, as OpenAPI 3.1.' },
    () => (document ??= openApiOf(kind, routes.specs)),
  )
}
