/** Stands in for `schemas/collections/orders.ts` where a page is built as an earlier program had it. */
export * from '../../schemas/collections/orders.ts'
export { ORDERS_0 as orders } from '../schemas/earlier-orders.ts'
