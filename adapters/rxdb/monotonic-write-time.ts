/**
 * A storage wrapper for devices whose clock jumps back. RxDB's upstream finds what to push by the write time `_meta.lwt`
 * after its last position: what a tablet writes offline after its clock fell back to 2000 would never be found again.
 * Each document is written later than every one before it, whatever the clock says; those of one write too, since RxDB
 * pages by this time, and looks at all documents that have the same again for each page. (The nodes' own storage pages by a
 * commit sequence instead.)
 */
import { META_INSTANCE_SCHEMA_TITLE, type RxStorage, type RxStorageInstanceCreationParams } from 'rxdb'

export interface WriteTimeFloor {
  /** The latest write time that was ever used here, ms; 0 at first. Must be shared by all tabs. */
  readonly read: () => number
  readonly write: (lwt: number) => void
}

/** What is written so keeps the times that it has: a copy of documents, in which the position stays right. */
export const MIGRATION = 'outpost-migration'
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
        let latest = floor.read()
        for (const { document } of rows) {
          const { lwt } = document._meta
          latest = lwt > latest ? lwt : Math.round((latest + STEP) * 100) / 100
          // In place: RxDB goes on with this very document as the written state. The rows of one write share one `_meta`.
          document._meta = { ...document._meta, lwt: latest }
        }
        floor.write(latest)
        return bulkWrite(rows, context)
      }
      return instance
    },
  }
}
