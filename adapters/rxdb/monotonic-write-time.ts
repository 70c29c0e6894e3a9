/**
 * A storage wrapper for devices whose clock jumps back. RxDB's upstream finds what to push by the write time `_meta.lwt`
 * after its last position: what a tablet writes offline after its clock fell back to 2000 would never be found again.
 * Each write here is later than every write before it, whatever the clock says. (The nodes' own storage pages by a
 * commit sequence instead.)
 */
import { META_INSTANCE_SCHEMA_TITLE, type RxStorage, type RxStorageInstanceCreationParams } from 'rxdb'

export interface WriteTimeFloor {
  /** The latest write time that was ever used here, ms; 0 at first. Must be shared by all tabs. */
  readonly read: () => number
  readonly write: (lwt: number) => void
}

/** RxDB's migration copies documents with the times that they have, and the position in them stays right. */
const MIGRATION = 'replication-master-write'
/** RxDB keeps write times to two decimals. */
const STEP = 0.01

export function wrappedMonotonicWriteTimeStorage<Internals, InstanceOptions>(options: {
  readonly storage: RxStorage<Internals, InstanceOptions>
  readonly floor: WriteTimeFloor
}): RxStorage<Internals, InstanceOptions> {
  const { storage, floor } = options
  return {
    name: `monotonic-${storage.name}`,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, InstanceOptions>) {
      const instance = await storage.createStorageInstance(params)
      if (params.schema.title === META_INSTANCE_SCHEMA_TITLE) return instance
      const bulkWrite = instance.bulkWrite.bind(instance)
      instance.bulkWrite = (rows, context) => {
        if (context === MIGRATION) return bulkWrite(rows, context)
        const before = floor.read()
        let latest = before
        for (const { document } of rows) {
          const { _meta: meta } = document
          // In place: RxDB goes on with this very object as the written state.
          if (meta.lwt <= before) meta.lwt = Math.round((latest + STEP) * 100) / 100
          latest = Math.max(latest, meta.lwt)
        }
        floor.write(latest)
        return bulkWrite(rows, context)
      }
      return instance
    },
  }
}
