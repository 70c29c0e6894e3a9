/** Opens the declared collections as an RxDB database, the same way in a node and in a browser. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { createRxDatabase, type HashFunction, type RxCollection, type RxDatabase, type RxStorage } from 'rxdb'
import type { Hlc } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { conflictHandlerOf } from './conflict-handler.ts'
import { addStampingHooks } from './stamping-hooks.ts'
import { wrappedValidatedStorage } from './validated-storage.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- collections are declared at run time
export type ChainDatabase = RxDatabase<Record<string, RxCollection<any>>>

export interface OpenCollectionsOptions {
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- any storage
  readonly storage: RxStorage<any, any>
  readonly declarations: readonly CollectionDeclaration[]
  readonly stamp: (exceeds: Hlc) => Hlc
  /** Several tabs share one storage; several nodes never do. */
  readonly multiInstance: boolean
  /** For a storage that keeps each version of a schema apart; a node's store has been upgraded before. */
  readonly migrate?: (collections: readonly RxCollection[]) => Promise<void>
}

/** The same hashes as RxDB's own, which a page that came over plain HTTP cannot make: it has no Web Crypto. */
const hashFunction: HashFunction = async (input) => {
  if (typeof input === 'string') return bytesToHex(sha256(utf8ToBytes(input)))
  return bytesToHex(sha256(new Uint8Array(input instanceof Blob ? await input.arrayBuffer() : input)))
}

export async function openCollections(options: OpenCollectionsOptions): Promise<ChainDatabase> {
  const database: ChainDatabase = await createRxDatabase({
    name: options.name,
    storage: wrappedValidatedStorage({ storage: options.storage }),
    multiInstance: options.multiInstance,
    eventReduce: true,
    hashFunction,
  })
  const created = await database.addCollections(
    Object.fromEntries(
      options.declarations.map((declaration) => [
        declaration.name,
        {
          schema: declaration.schema,
          conflictHandler: conflictHandlerOf(declaration) as never,
          autoMigrate: false,
        },
      ]),
    ),
  )
  await options.migrate?.(Object.values(created))
  for (const declaration of options.declarations) {
    addStampingHooks(created[declaration.name] as RxCollection<Doc>, declaration, options.stamp)
  }
  return database
}
