/** Lets headquarters hear of a branch's store, as its first heartbeat does, for tests that push and pull by hand. */
import type { CloudSide } from '../../adapters/exchange/cloud-side.ts'
import type { Position } from '../../schemas/protocol/exchange.ts'

/** @returns what the requests of that start begin with */
export function introduceBranch(
  cloud: CloudSide,
  branchId: string,
  head: Position = { epoch: `start-of-${branchId}`, seq: 0 },
): { head: Position } {
  const epochs = [{ epoch: head.epoch, firstSeq: 1 }]
  cloud.replica.store.transaction('heartbeat', () =>
    cloud.links.hear(branchId, { head, epochs, beat: 1, host: 'test' }, 0),
  )
  return { head }
}
