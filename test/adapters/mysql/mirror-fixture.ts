/** A mirror on a database of its own, and the documents that the tests write. */
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { Log } from '../../../adapters/log.ts'
import type { ChangeFeed } from '../../../adapters/mysql/change-feed.ts'
import type { MirrorStatus } from '../../../adapters/mysql/mirror-status.ts'
import type { MirrorTime } from '../../../adapters/mysql/mirror-options.ts'
import { Mirror } from '../../../adapters/mysql/mirror.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { MemoryFeed } from './memory-feed.ts'

interface LogLine {
  readonly level: keyof Log
  readonly details: object
  readonly message: string
}

export interface MirrorFixture extends AsyncDisposable {
  readonly db: TestDatabase
  readonly feed: MemoryFeed
  readonly log: LogLine[]
  /** A mirror on this database that is stopped at the end; it follows the fixture's feed unless told otherwise. */
  start(options?: {
    feed?: ChangeFeed
    declarations?: readonly CollectionDeclaration[]
    url?: string
    create?: boolean
  }): Mirror
}

/** Waiting is what the tests replace: attempts follow each other at once. */
const IMPATIENT: MirrorTime = {
  now: () => Date.parse('2024-05-01T10:00:00.000Z'),
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
  random: () => 0.5,
}

export async function createMirrorFixture(server?: string): Promise<MirrorFixture> {
  const db = await createTestDatabase(server)
  const feed = new MemoryFeed()
  const log: LogLine[] = []
  const write = (level: keyof Log) => (details: object, message: string) => void log.push({ level, details, message })
  const mirrors: Mirror[] = []
  return {
    db,
    feed,
    log,
    start: (options = {}) => {
      const mirror = new Mirror({
        feed: options.feed ?? feed,
        declarations: options.declarations ?? COLLECTIONS,
        url: options.url ?? db.url,
        create: options.create ?? true,
        log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
        time: IMPATIENT,
      })
      mirror.start()
      mirrors.push(mirror)
      return mirror
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(mirrors.map((mirror) => mirror.stop()))
      await db.drop()
    },
  }
}

/** Resolves when the status has become so, at the change itself. */
export function statusBecomes(mirror: Mirror, is: (status: MirrorStatus) => boolean): Promise<MirrorStatus> {
  return new Promise((resolve) => {
    const look = (): void => {
      const status = mirror.status()
      if (!is(status)) return
      unsubscribe()
      resolve(status)
    }
    const unsubscribe = mirror.onStatus(look)
    look()
  })
}

export function product(id: string, fields: Doc = {}): Doc {
  return { id, name: `Product ${id}`, price: 450, currency: 'EUR', unit: 'piece', ...fields }
}

export function member(id: string, fields: Doc = {}): Doc {
  return {
    id,
    scope: 'shared',
    phone: '+4915112345678',
    generation: 0,
    name: 'Ada',
    tags: [],
    registrations: [],
    aliases: [],
    followUps: [],
    ...fields,
  }
}

export function line(productId: string, quantity = 1, fields: Doc = {}): Doc {
  return { productId, name: productId, price: 450, quantity, discount: 0, total: 450 * quantity, ...fields }
}

export function order(id: string, lines: readonly Doc[], fields: Doc = {}): Doc {
  return {
    id,
    branchId: 'b1',
    number: `N-${id}`,
    placedAt: '2024-05-01T09:30:00.250Z',
    status: 'paid',
    round: 1,
    lines,
    total: 900,
    currency: 'EUR',
    ...fields,
  }
}
