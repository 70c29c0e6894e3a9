/** The addresses of headquarters for lists of documents. */
import type { RouteTable } from '../adapters/http/route-table.ts'
import { orderListQuerySchema, productListQuerySchema } from '../schemas/protocol/listings.ts'
import type { Listings } from './listings.ts'

export function addListingRoutes(routes: RouteTable, listings: Listings): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/products',
      access: 'viewer',
      about:
        'Products by name, those whose name, category or id has every word of `search`; `after` is the `next` of the page before.',
      query: productListQuerySchema,
    },
    ({ query }) => listings.products(query),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/orders',
      access: 'viewer',
      about:
        'Orders of a branch or of all, what headquarters has taken last first; `before` is the `next` of the page before.',
      query: orderListQuerySchema,
    },
    ({ query }) => listings.orders(query),
  )
}
