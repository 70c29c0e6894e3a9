import type { Tone } from '../../../adapters/ui/badge.tsx'
import type { OrderStatus } from '../../../schemas/order-status.ts'

export const STATUS_TONES: Readonly<Record<OrderStatus, Tone>> = {
  created: 'busy',
  paid: 'good',
  fulfilled: 'good',
  closed: 'neutral',
  cancelled: 'neutral',
  refunded: 'neutral',
  conflicted: 'bad',
}
