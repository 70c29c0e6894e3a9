import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { classBacklogs } from '../../adapters/exchange/backlog.ts'
import { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { CloudSide } from '../../adapters/exchange/cloud-side.ts'
import { createReplica } from '../../adapters/exchange/replica.ts'
import { newSigningKey, readSigningKey } from '../../adapters/exchange/signature.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { openHeadquartersIdentity } from '../../adapters/identity/open-identity.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { mirroredCollections } from '../../adapters/mysql/mirrored-collection.ts'
import { renderRows } from '../../adapters/mysql/render-rows.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { openCollections } from '../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../adapters/rxdb/writer-clock.ts'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { WriterId } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { canMoveOrder, isOrderState, ORDER_STATES, type OrderStatus } from '../../schemas/order-status.ts'
import { introduceBranch } from '../support/introduce-branch.ts'

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8')
const COUNT = {
  id: 's1',
  branchId: 'north',
  productId: 'tea:1',
  counted: 12.5,
  countedAt: '2026-01-02T03:04:05.678Z',
}

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'outpost-docs-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the example of one more collection is loaded, written, exchanged and mirrored', async () => {
  const declarations = await loadDeclarations(extractExample())
  const added = declarations.at(-1)!
  expect(added.name).toBe('stocktakes')

  const local = openReplica('branch', declarations)
  const branch = new BranchSide(local, 'north', new IdentityBook(local.store))
  const headquarters = openReplica('cloud', declarations)
  const key = readSigningKey(newSigningKey().privateKey)
  const cloud = new CloudSide(headquarters, openHeadquartersIdentity(headquarters, key))
  const { store } = branch.replica
  const database = await openCollections({
    name: 'outpost',
    storage: getRxStorageSqlite(store),
    declarations: [added],
    stamp: branch.replica.clock.stamp,
    multiInstance: false,
  })
  await database['stocktakes']!.insert(COUNT)
  const edit = () => ({ ...store.table('stocktakes').get('s1'), note: 'counted twice' })
  store.transaction('api', (write) => writeDocument(branch.replica, write, added, 's1', edit))

  expect(classBacklogs(store)).toMatchObject([{ class: added.syncClass, documents: 1 }])
  const batch = branch.nextBatch(added.syncClass, 100)!
  const { head } = introduceBranch(cloud, 'north', store.head())
  const answer = cloud.push('north', { ...batch, head, positions: {}, collections: [] })
  expect(answer.outcomes).toMatchObject([{ collection: 'stocktakes', id: 's1', outcome: 'applied' }])
  branch.settle(batch, answer, 0)
  expect(classBacklogs(store)).toEqual([])
  expect(cloud.replica.store.digest('stocktakes', 'north')).toEqual(store.digest('stocktakes', 'north'))

  const mirrored = mirroredCollections(declarations).find(({ name }) => name === 'stocktakes')!
  expect(renderRows(mirrored.mapping, cloud.replica.store.table('stocktakes').get('s1')!)).toEqual({
    ok: true,
    rows: [[['s1', 'north', 'tea:1', '12.500', '2026-01-02 03:04:05.678', 'counted twice']]],
  })
  await database.close()
  store.close()
  cloud.replica.store.close()
})

test('the table of statuses says what an order may do', () => {
  const rows = [...section('Statuses of an order').matchAll(/^\| (`.*?) *\| (.*?) *\| (.*?) *\|$/gm)]
  const told = new Set<string>()
  for (const [, from, within, next] of rows) {
    for (const status of words(from!)) {
      told.add(status)
      const at = { status: status as OrderStatus, round: 1 }
      const reachable = ORDER_STATES.filter((to) => to !== status && canMoveOrder(at, { status: to, round: 1 }))
      expect(words(within!).toSorted(), status).toEqual(reachable.toSorted())
      const reopens = ORDER_STATES.every((to) => canMoveOrder(at, { status: to, round: 2 }))
      expect(next!.startsWith('yes'), status).toBe(reopens)
    }
  }
  expect([...told].filter(isOrderState).toSorted()).toEqual([...ORDER_STATES].toSorted())
})

function extractExample(): string {
  const [, code] = /```js\n([\s\S]*?)```/.exec(section('Declare one more collection'))!
  const file = join(folder, 'stocktakes.mjs')
  writeFileSync(file, code!)
  return file
}

function openReplica(name: string, declarations: readonly CollectionDeclaration[]) {
  const store = new Store({ file: join(folder, name), declarations, tracksPending: name === 'branch' })
  const clock = new WriterClock({ writer: name as WriterId })
  return createReplica({ store, clock, chainKey: '00'.repeat(32) as ChainKey })
}

function section(heading: string): string {
  const start = page.indexOf(`\n## ${heading}\n`)
  return page.slice(start, page.indexOf('\n## ', start + 1))
}

function words(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]!)
}
