/** A branch's store beside a legacy database on the server of the test run. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReplica, type Replica } from '../../../../adapters/exchange/replica.ts'
import { IdentityBook } from '../../../../adapters/identity/identity-book.ts'
import { MembersHere } from '../../../../adapters/identity/members-here.ts'
import type { ImportContext } from '../../../../adapters/import/import-records.ts'
import { importLegacy, type LegacyImportReport } from '../../../../adapters/legacy/import-legacy.ts'
import type { LegacySink } from '../../../../adapters/legacy/legacy-batch.ts'
import { LegacyBook } from '../../../../adapters/legacy/legacy-book.ts'
import { LegacyReader } from '../../../../adapters/legacy/legacy-reader.ts'
import { prepareLegacy } from '../../../../adapters/legacy/prepare-legacy.ts'
import { takeBatch } from '../../../../adapters/legacy/take-batch.ts'
import { MysqlSession } from '../../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../../adapters/mysql/mysql-target.ts'
import { WriterClock } from '../../../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../../../adapters/sqlite/store.ts'
import type { WriterId } from '../../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../../schemas/collections.ts'
import type { Doc } from '../../../../schemas/json.ts'
import { CHAIN_KEY } from '../../../support/simulated-chain.ts'

export interface LegacyBranch {
  readonly replica: Replica
  readonly book: LegacyBook
  readonly sink: LegacySink
  /** A file with this mapping. */
  mapping(text: string): string
  connect(url: string, mapping: string): Promise<{ session: MysqlSession; reader: LegacyReader }>
  importAll(url: string, mapping: string, sink?: LegacySink): Promise<LegacyImportReport>
  all(collection: string): readonly Doc[]
  close(): void
}

export function openLegacyBranch(folder: string): LegacyBranch {
  const store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const replica = createReplica({
    store,
    clock: new WriterClock({ writer: 'wlegacyx' as WriterId }),
    chainKey: CHAIN_KEY,
  })
  const here = new MembersHere(replica, new IdentityBook(store))
  const context: ImportContext = { replica, here, branchId: 'b1', country: 'CN' }
  const book = new LegacyBook(store)
  const sink: LegacySink = {
    progress: (source) => Promise.resolve(book.progress(source)),
    take: (batch) => Promise.resolve(takeBatch(context, book, batch)),
  }
  const sessions: MysqlSession[] = []
  const mappingFile = join(folder, 'legacy.yaml')
  const connect = async (url: string, mapping: string) => {
    const session = await MysqlSession.connect(parseMysqlUrl(url))
    sessions.push(session)
    writeFileSync(mappingFile, mapping)
    return { session, reader: new LegacyReader(session, await prepareLegacy(session, { mappingFile })) }
  }
  return {
    replica,
    book,
    sink,
    connect,
    mapping: (text) => {
      writeFileSync(mappingFile, text)
      return mappingFile
    },
    importAll: async (url, mapping, into = sink) => {
      const { reader } = await connect(url, mapping)
      const { signal } = new AbortController()
      return importLegacy({ reader, sink: into, position: () => Promise.resolve(undefined), signal })
    },
    all: (collection) => store.table(collection).select('deleted = 0', 'ORDER BY id', []),
    close: () => {
      for (const session of sessions) session.destroy()
      store.close()
    },
  }
}
