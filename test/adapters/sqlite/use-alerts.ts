/** Keeps and reads alerts, so that all statements about them are prepared. */
import type { CloudSide } from '../../../adapters/exchange/cloud-side.ts'
import { AlertBook } from '../../../cloud-node/alert-book.ts'

const RECORD = {
  key: 'retries',
  rule: 'retries',
  level: 'notice',
  value: 11,
  threshold: 10,
  told: {},
  untold: {},
} as const

export function useAlerts({ replica, exceptions }: CloudSide): void {
  const book = new AlertBook(replica.store)
  book.save([
    { ...RECORD, sinceMs: 1 },
    { ...RECORD, sinceMs: 2, endedMs: 3 },
  ])
  book.open()
  book.ended(1)
  exceptions.countWaiting()
}
