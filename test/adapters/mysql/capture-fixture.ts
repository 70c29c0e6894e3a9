/** Headquarters with a mirror whose tables other programs may change, on a server of its own that keeps a log. */
import { createChangeFeed } from '../../../adapters/sqlite/store-change-feed.ts'
import type { CloudOperations } from '../../../cloud-node/cloud-operations.ts'
import { openStoppedCloud } from '../../../cloud-node/main.ts'
import { Mirrors } from '../../../cloud-node/mirrors.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { MirrorMapping, MirrorTable } from '../../../schemas/mirror-mapping.ts'
import type { CaptureStatus, RefusedChangeView } from '../../../schemas/protocol/mirrors.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const NAME = 'outpost'
const OPEN = ['orders', 'order_line', 'product', 'member']
/** What headquarters alone says of a member. */
const READONLY = ['current_id', 'phone', 'released', 'points', 'stored_value']

/** The usual tables, of which some take changes. */
export function openDeclarations(watermark?: string): readonly CollectionDeclaration[] {
  return COLLECTIONS.map((declaration) => {
    const { mirror } = declaration
    return mirror
      ? { ...declaration, mirror: mirror.map((table) => opened(table, watermark)) as unknown as MirrorMapping }
      : declaration
  })
}

function opened(table: MirrorTable, watermark: string | undefined): MirrorTable {
  if (!OPEN.includes(table.table)) return table
  const columns = Object.entries(table.columns).map(([name, column]) => [
    name,
    table.table === 'member' && READONLY.includes(name) ? { ...column, readonly: true } : column,
  ])
  return {
    ...table,
    columns: Object.fromEntries(columns) as MirrorTable['columns'],
    direction: 'both',
    ...(watermark !== undefined && { watermark }),
  }
}

export interface CaptureFixture extends AsyncDisposable {
  readonly db: TestDatabase
  readonly operations: CloudOperations
  document(collection: string, id: string): Doc | undefined
  /** Resolves with it when it is so, at the commit itself. */
  documentBecomes(collection: string, id: string, is: (doc: Doc) => boolean): Promise<Doc>
  captureBecomes(is: (status: CaptureStatus) => boolean): Promise<CaptureStatus>
  refused(): readonly RefusedChangeView[]
  /** Everything that was changed until now has been taken. */
  takeChanges(): Promise<void>
  /** Everything that was committed stands in MySQL. */
  level(): Promise<void>
  /** Resolves when rows are so; asks again after each change of the mirror's status, and otherwise often. */
  rowsBecome(
    sql: string,
    is: (rows: readonly Record<string, unknown>[]) => boolean,
  ): Promise<readonly Record<string, unknown>[]>
  /** As after a restart of the node, before which something else has happened. */
  restart(meanwhile?: () => Promise<void>): Promise<void>
}

/** @param mapped other declarations than the usual ones, and how the database's name is spelt in its URL */
export async function createCaptureFixture(
  server?: string,
  watermark?: string,
  mapped?: { readonly declarations: readonly CollectionDeclaration[]; readonly url: (url: string) => string },
): Promise<CaptureFixture> {
  const db = await createTestDatabase(server)
  const declarations = mapped?.declarations ?? openDeclarations(watermark)
  const url = mapped?.url(db.url) ?? db.url
  const folder = temporaryFolder()
  const open = () => {
    const { operations, close } = openStoppedCloud(folder.path, COLLECTIONS, true)
    const { store } = operations.cloud.replica
    const targets = [{ name: NAME, url, declarations }]
    const mirrors = new Mirrors({ targets, store, feed: createChangeFeed(store), log: SILENT })
    mirrors.start(operations.takesIn)
    return { operations, store, mirrors, close }
  }
  const shut = async () => {
    await node.mirrors.stop()
    node.close()
  }
  let node = open()
  node.operations.addBranch({ id: 'north', name: 'North' })
  const captureBecomes: CaptureFixture['captureBecomes'] = (is) =>
    new Promise((resolve) => {
      const look = (): void => {
        const capture = node.mirrors.status()[0]?.capture
        if (!capture || !is(capture)) return
        unsubscribe()
        resolve(capture)
      }
      const unsubscribe = node.mirrors.onChange(look)
      look()
    })
  const fixture: CaptureFixture = {
    db,
    get operations() {
      return node.operations
    },
    document: (collection, id) => node.store.table(collection).get(id),
    documentBecomes: (collection, id, is) =>
      new Promise((resolve) => {
        const look = (): void => {
          const doc = node.store.table(collection).get(id)
          if (!doc || !is(doc)) return
          unsubscribe()
          resolve(doc)
        }
        const unsubscribe = node.store.onCommit(look)
        look()
      }),
    captureBecomes,
    refused: () => node.mirrors.refusedChanges(NAME, 100),
    takeChanges: () => node.mirrors.takeChanges(NAME),
    level: () => node.mirrors.named(NAME).level(),
    async rowsBecome(sql, is) {
      for (;;) {
        const rows = await db.query(sql)
        if (is(rows)) return rows
      }
    },
    async restart(meanwhile) {
      await shut()
      await meanwhile?.()
      node = open()
    },
    async [Symbol.asyncDispose]() {
      await shut()
      await db.drop()
      folder.remove()
    },
  }
  await fixture.level()
  await captureBecomes(({ state }) => state !== 'starting')
  return fixture
}
