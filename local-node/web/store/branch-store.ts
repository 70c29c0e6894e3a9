/** This device's store: the collections that a branch app needs, in IndexedDB. */
import { createRxDatabase, type RxCollection } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { wrappedDownstreamMergeStorage } from '../../../adapters/rxdb/downstream-merge-storage.ts'
import { wrappedMonotonicWriteTimeStorage } from '../../../adapters/rxdb/monotonic-write-time.ts'
import {
  migrateCollections,
  needMigration,
  type MigrationProgress,
} from '../../../adapters/rxdb/migrate-collections.ts'
import { openCollections, type ChainDatabase } from '../../../adapters/rxdb/open-collections.ts'
import { wrappedPatientReplicationStorage } from '../../../adapters/rxdb/patient-replication-storage.ts'
import { unsentKept, type UnsentKept } from '../../../adapters/rxdb/unsent-kept.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { decisions, type DecisionDocument } from '../../../schemas/collections/decisions.ts'
import { members, type MemberDocument } from '../../../schemas/collections/members.ts'
import { orders, type OrderDocument } from '../../../schemas/collections/orders.ts'
import { products, type ProductDocument } from '../../../schemas/collections/products.ts'
import { requests, type RequestDocument } from '../../../schemas/collections/requests.ts'
import type { BranchNodeStatus } from '../../../schemas/protocol/status.ts'
import type { BranchSession } from '../../../schemas/protocol/session.ts'
import { untilUndisturbed, updateNow } from '../versions/app-update.ts'
import { noteStoreVersions, refuseNewerStore } from './store-versions.ts'
import { atMost } from '../frame/at-most.ts'
import { randomBase36 } from '../../../adapters/ui/random.ts'
import { StoreGate, type WaitedFor } from './store-gate.ts'
import { StoreTrouble } from './store-trouble.ts'
import { kindOfFailure } from './write-failure-kind.ts'

export interface BranchStore {
  readonly session: BranchSession
  readonly database: ChainDatabase
  readonly declarations: readonly CollectionDeclaration[]
  readonly members: RxCollection<MemberDocument>
  readonly orders: RxCollection<OrderDocument>
  readonly products: RxCollection<ProductDocument>
  readonly decisions: RxCollection<DecisionDocument>
  readonly requests: RxCollection<RequestDocument>
  readonly clock: WriterClock
}

const CLOCK = 'outpost.clock'
const DEADLINE_MS = 4_000
const CLOSING_MS = 5_000
const WRITE_TIME = 'outpost.write-time'

/** What a start with documents of an older app waits for. */
export type StoreMigration = { readonly kind: WaitedFor } | ({ readonly kind: 'running' } & MigrationProgress)

/** @throws StoreTrouble, and whatever the browser throws */
export async function openBranchStore(
  session: BranchSession,
  onMigration: (migration: StoreMigration) => void,
): Promise<BranchStore> {
  const declarations = [decisions, members, requests, orders, products].map(indexedForDexie)
  const clock = new WriterClock({
    writer: randomBase36(8) as WriterId,
    ...rememberedClock(),
    onSet: () => rememberClock(clock),
  })
  // Before anything is stamped: what a tablet that stands in 2099 stamps by itself would be refused for ever.
  if (clock.memory().lastCloudMs === undefined) await hearNode(clock)
  addEventListener('pagehide', () => rememberClock(clock))
  const storage = wrappedPatientReplicationStorage({
    storage: wrappedDownstreamMergeStorage({
      storage: wrappedMonotonicWriteTimeStorage({
        // Strict: a paid order must be on the disk when the screen says so, not in the disk's cache.
        storage: getRxStorageDexie({ chromeTransactionDurability: 'strict' }),
        floor: {
          read: () => Number(localStorage.getItem(WRITE_TIME) ?? 0),
          write: (lwt) => remember(WRITE_TIME, String(lwt)),
        },
      }),
      declarations,
    }),
    mayPass: (failure) => kindOfFailure(failure) === 'full',
  })
  // A device that is moved to another branch must not mix the two.
  const name = `outpost-${session.branchId}`
  const trouble = (cause: unknown, readUnsent: () => Promise<UnsentKept>) =>
    new StoreTrouble(cause, session.branchId, readUnsent)
  try {
    refuseNewerStore(name, declarations)
  } catch (error) {
    throw trouble(error, () => unsentOfClosed(name, declarations))
  }
  const gate = new StoreGate({
    name,
    makeRoom: async () => {
      await untilUndisturbed()
      // It waits until RxDB is idle. Where that takes too long, sales are still written; the page that goes ends them.
      await atMost(CLOSING_MS, database.close())
      await updateNow()
    },
  })
  const database: ChainDatabase = await openCollections({
    name,
    storage,
    declarations,
    stamp: (exceeds) => {
      const stamp = clock.stamp(exceeds)
      rememberClock(clock)
      return stamp
    },
    multiInstance: true,
    migrate: async (collections) => {
      const isNeeded = () => needMigration(collections)
      if (await isNeeded()) {
        await gate.alone(
          isNeeded,
          (kind) => onMigration({ kind }),
          async () => {
            // From the first document on.
            noteStoreVersions(name, declarations)
            const onProgress = (progress: MigrationProgress) => onMigration({ kind: 'running', ...progress })
            try {
              await migrateCollections(collections, { declarations, onProgress })
            } catch (error) {
              throw trouble(error, () => unsentKept(collections[0]!.database, declarations))
            }
          },
        )
      } else await gate.enter()
      try {
        // A newer app may have migrated the store while this one was on its way in.
        refuseNewerStore(name, declarations)
      } catch (error) {
        throw trouble(error, () => unsentKept(collections[0]!.database, declarations))
      }
      noteStoreVersions(name, declarations)
    },
  })
  return {
    session,
    database,
    declarations,
    members: database['members'] as RxCollection<MemberDocument>,
    orders: database['orders'] as RxCollection<OrderDocument>,
    products: database['products'] as RxCollection<ProductDocument>,
    decisions: database['decisions'] as RxCollection<DecisionDocument>,
    requests: database['requests'] as RxCollection<RequestDocument>,
    clock,
  }
}

/** Of a store whose collections this app cannot open. */
async function unsentOfClosed(name: string, declarations: readonly CollectionDeclaration[]): Promise<UnsentKept> {
  // Opening writes RxDB's own note of it: through the app's storage that would pass for a document written since.
  const database = await createRxDatabase({ name, storage: getRxStorageDexie(), multiInstance: false })
  try {
    return await unsentKept(database, declarations)
  } finally {
    await database.close()
  }
}

/** Dexie indexes required fields only. */
function indexedForDexie(declaration: CollectionDeclaration): CollectionDeclaration {
  const { indexes = [], required = [] } = declaration.schema
  const usable = indexes.filter((index) => [index].flat().every((field) => required.includes(field)))
  return { ...declaration, schema: { ...declaration.schema, indexes: usable } }
}

/** Its node has just told which branch this is, so it is there; where it is not, the status stream tells the time later. */
async function hearNode(clock: WriterClock): Promise<void> {
  try {
    const response = await fetch('/api/status', { signal: AbortSignal.timeout(DEADLINE_MS) })
    const status = (await response.json()) as Partial<BranchNodeStatus>
    clock.hear(Date.parse(status.time ?? ''))
  } catch {
    // The node is away.
  }
}

function rememberClock(clock: WriterClock): void {
  remember(CLOCK, JSON.stringify(clock.memory()))
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A full localStorage costs the floor, not the write.
  }
}

function rememberedClock(): { floorMs?: number; lastCloudMs?: number } {
  try {
    const memory = JSON.parse(localStorage.getItem(CLOCK) ?? '{}') as Record<string, unknown>
    return {
      ...(typeof memory['floorMs'] === 'number' && { floorMs: memory['floorMs'] }),
      ...(typeof memory['lastCloudMs'] === 'number' && { lastCloudMs: memory['lastCloudMs'] }),
    }
  } catch {
    return {}
  }
}
