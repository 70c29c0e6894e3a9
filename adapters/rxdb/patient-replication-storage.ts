/**
 * A storage wrapper that makes RxDB's replication wait while nothing can be written, as on a device that is full.
 *
 * RxDB drops a page of the master that it could not write and goes on behind it, so its documents would never come again;
 * and once a position could not be kept, none is kept any more until the page is loaded anew. What a person writes fails
 * at once all the same: it is said on the screen.
 */
import type { RxStorage, RxStorageInstance, RxStorageInstanceCreationParams } from 'rxdb'

export interface PatientReplicationOptions<Internals, InstanceOptions> {
  readonly storage: RxStorage<Internals, InstanceOptions>
  /** Whether the same write may succeed later. */
  readonly mayPass: (failure: unknown) => boolean
}

const REPLICATION = 'replication-'
const PAUSE_MS = 2_000

export function wrappedPatientReplicationStorage<Internals, InstanceOptions>({
  storage,
  mayPass,
}: PatientReplicationOptions<Internals, InstanceOptions>): RxStorage<Internals, InstanceOptions> {
  return {
    name: `patient-replication-${storage.name}`,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, InstanceOptions>) {
      const instance = await storage.createStorageInstance(params)
      waitInReplication(instance, mayPass)
      return instance
    },
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- any storage, any document
function waitInReplication(instance: RxStorageInstance<any, any, any>, mayPass: (failure: unknown) => boolean): void {
  let isClosed = false
  const bulkWrite = instance.bulkWrite.bind(instance)
  const close = instance.close.bind(instance)
  instance.close = () => {
    isClosed = true
    return close()
  }
  instance.bulkWrite = async (rows, context) => {
    if (!context.startsWith(REPLICATION)) return bulkWrite(rows, context)
    for (;;) {
      try {
        return await bulkWrite(rows, context)
      } catch (failure) {
        if (isClosed || !mayPass(failure)) throw failure
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}
