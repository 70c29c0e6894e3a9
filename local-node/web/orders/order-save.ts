/** Writes an order into this device's store, once. */
import type { RxCollection } from 'rxdb'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { hasMoved, moved, type MoveFacts, type OfferedMove } from './order-moves.ts'

/** An order that is there already under this id is the one that was meant: another tab, or this one before it was reloaded, saved it. */
export async function insertOnce(orders: RxCollection<OrderDocument>, order: OrderDocument): Promise<OrderDocument> {
  try {
    return (await orders.insert(order)).toJSON() as OrderDocument
  } catch (failure) {
    const there = await savedOrder(orders, order.id)
    if (there) return there
    throw failure
  }
}

/** Past RxDB's caches, which hear of other tabs' writes a moment later. */
export async function savedOrder(orders: RxCollection<OrderDocument>, id: string): Promise<OrderDocument | undefined> {
  const [found] = await orders.storageInstance.findDocumentsById([id], false)
  return found
}

/** @returns the order after the move; `undefined` where its status no longer allows it */
export async function moveOnce(
  orders: RxCollection<OrderDocument>,
  id: string,
  move: Pick<OfferedMove, 'to' | 'round'>,
  facts: MoveFacts & { payment?: string | undefined },
): Promise<OrderDocument | undefined> {
  const document = await orders.findOne(id).exec()
  // Asked anew for the state that is written over, which another tab may just have changed.
  const after = await document?.incrementalModify((now) => ({ ...now, ...moved(now, move, facts) }))
  const order = after?.toJSON() as OrderDocument | undefined
  return order && hasMoved(order, move) ? order : undefined
}
