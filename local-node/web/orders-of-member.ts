/** A member's orders on this device, whatever id they were written with, the newest first, kept current. */
import { signal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import type { AppState } from './app-state.ts'

export function useOrdersOf(state: AppState, memberId: string): ReadonlySignal<readonly OrderDocument[] | undefined> {
  const here = state.here.value
  const orders = useMemo(() => signal<readonly OrderDocument[] | undefined>(undefined), [memberId])
  useEffect(() => {
    const written = state.store.orders.find({
      selector: {
        $or: [
          { memberId: { $in: [memberId, ...here.world.everLedTo(memberId)] } },
          { registrationId: { $in: here.world.registrationsGivenTo(memberId) } },
        ],
      },
      sort: [{ placedAt: 'desc' }],
    })
    const subscription = written.$.subscribe((documents) => {
      orders.value = documents
        .map((document) => document.toJSON() as OrderDocument)
        .filter((order) => here.memberOf(order) === memberId)
    })
    return () => subscription.unsubscribe()
  }, [memberId, here])
  return orders
}
