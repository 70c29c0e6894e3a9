/** What is shown in each room. */
import type { JSX } from 'preact'
import { HealthPage } from '../health/health-page.tsx'
import { lazyRoom } from './lazy-room.tsx'
import type { Room } from './place.ts'
import type { RoomProps } from './room.tsx'

export const ROOM_PAGES: Readonly<Record<Room, (props: RoomProps) => JSX.Element>> = {
  health: HealthPage,
  dashboards: lazyRoom('dashboards', async () => (await import('../dashboards/dashboards-room.tsx')).DashboardsRoom),
  branches: lazyRoom('branches', async () => (await import('../branches/branches-room.tsx')).BranchesRoom),
  products: lazyRoom('products', async () => (await import('../products/products-room.tsx')).ProductsRoom),
  orders: lazyRoom('orders', async () => (await import('../orders/orders-room.tsx')).OrdersRoom),
  exceptions: lazyRoom('exceptions', async () => (await import('../exceptions/exceptions-room.tsx')).ExceptionsRoom),
  log: lazyRoom('log', async () => (await import('../log/log-room.tsx')).LogRoom),
  members: lazyRoom('members', async () => (await import('../members/members-room.tsx')).MembersRoom),
}
