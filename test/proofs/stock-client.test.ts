/** The published `rxdb-server` client (15.22, with RxDB 15), in a process of its own, against real nodes. */
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { commandHeaders } from '../../adapters/cli/node-client.ts'
import { Link } from '../../scripts/demo/link.ts'
import type { Doc } from '../../schemas/json.ts'
import { CompatProcess } from '../compat/compat-process.ts'
import { INSTALL_DEADLINE_MS, installCompat } from '../compat/install.ts'
import { killAllNodes, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { programAt, programOf } from '../support/paired-program.ts'
import { testOrder, testProduct } from '../support/real-chain.ts'
import { schemaVersion } from '../support/schema-version.ts'
import { startBranch } from '../support/start-branch.ts'

let folder: { path: string; remove: () => void }
let cloud: NodeProcess
let link: Link
let client: CompatProcess

beforeAll(installCompat, INSTALL_DEADLINE_MS)

beforeEach(async () => {
  folder = temporaryFolder()
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  for (const id of ['b1', 'b2']) await cloud.post('/api/branches', { id, name: id })
})

afterEach(async () => {
  await client.stop()
  await link.close()
  await killAllNodes()
  folder.remove()
})

async function startB1(): Promise<NodeProcess> {
  return startBranch(cloud, { id: 'b1', dataDir: join(folder.path, 'b1') }, ['--interval', '0.2'])
}

const order = (id: string, more: object = {}): Doc => ({ ...testOrder(id, 'b1'), ...more })
const at = async (node: NodeProcess, id: string, collection = 'orders') =>
  node.get<Doc>(`/api/documents/${collection}/${id}`)
const atHeadquarters = (id: string, fields: object) =>
  vi.waitFor(async () => expect(await at(cloud, id)).toMatchObject(fields), { timeout: 20_000 })
const goneAtHeadquarters = (id: string) =>
  vi.waitFor(() => expect(at(cloud, id)).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' }), { timeout: 20_000 })

describe.each([
  ['headquarters', async () => cloud, (node: NodeProcess) => programOf(node, 'b1')],
  ['a local node', startB1, programAt],
])('the published client of %s', (_name, open, letIn) => {
  let node: NodeProcess
  let headers: Record<string, string>

  beforeEach(async () => {
    node = await open()
    headers = { ...commandHeaders(await letIn(node)) }
    link = await Link.open(node.url)
    client = await CompatProcess.start('stock-client-process.mjs')
  })

  const replicate = (collection: string, version = schemaVersion(collection)) =>
    client.ask('replicate', { url: link.url, collection, version, headers })

  it('sends inserts, updates and deletions to headquarters, also of what it has got back', async () => {
    await replicate('orders')
    await client.ask('insert', { collection: 'orders', doc: order('o1') })
    await atHeadquarters('o1', { number: 'o1' })
    await client.ask('patch', { collection: 'orders', id: 'o1', fields: { note: 'no ice' } })
    await atHeadquarters('o1', { note: 'no ice', total: 2400 })
    await client.ask('remove', { collection: 'orders', id: 'o1' })
    await goneAtHeadquarters('o1')
  })

  it('gets what headquarters writes while it listens: inserts, updates and deletions', async () => {
    await replicate('orders')
    await client.ask('insert', { collection: 'orders', doc: order('mine') })
    await atHeadquarters('mine', {})
    await cloud.post('/api/documents/orders', order('o1'))
    await client.ask('when', { collection: 'orders', id: 'o1', fields: { number: 'o1' } })
    await cloud.post('/api/documents/orders', { id: 'o1', note: 'ready at six' })
    await client.ask('when', { collection: 'orders', id: 'o1', fields: { note: 'ready at six' } })
    await cloud.post('/api/documents/orders', { id: 'o1', _deleted: true })
    await client.ask('when', { collection: 'orders', id: 'o1', fields: null })
  })

  it('holds what headquarters holds after both have edited a document while it was offline', async () => {
    await replicate('orders')
    await client.ask('insert', { collection: 'orders', doc: order('o1') })
    await atHeadquarters('o1', {})
    // It edits what the node has answered, so that the node can tell what it has changed.
    await client.ask('when', { collection: 'orders', id: 'o1', fields: {}, holding: 'clock' })
    link.cut()
    await client.ask('patch', { collection: 'orders', id: 'o1', fields: { note: 'no ice' } })
    await client.ask('patch', { collection: 'orders', id: 'o1', fields: { payment: 'card' } })
    await cloud.post('/api/documents/orders', { id: 'o1', number: 'renamed', payment: 'cash' })
    if (node !== cloud) await vi.waitFor(async () => expect(await at(node, 'o1')).toMatchObject({ number: 'renamed' }))
    link.restore()
    await atHeadquarters('o1', { number: 'renamed', note: 'no ice', payment: 'card' })
    const merged = await client.ask<Doc>('when', {
      collection: 'orders',
      id: 'o1',
      fields: { number: 'renamed', note: 'no ice', payment: 'card' },
    })
    expect(merged).toEqual(await client.ask('get', { collection: 'orders', id: 'o1' }))
    const { _deleted, ...stored } = await at(cloud, 'o1')
    expect(merged).toEqual(stored)
  })

  it('has a row that is refused taken back and parked with its reason, while the rows around it go on', async () => {
    await replicate('orders')
    const docs = [...Array(20).keys()].map((i) => order(`o${i}`, i === 10 ? { branchId: 'b2' } : {}))
    await client.ask('bulkInsert', { collection: 'orders', docs })
    await client.ask('when', { collection: 'orders', id: 'o10', fields: null })
    for (const { id } of docs.filter((doc) => doc['id'] !== 'o10')) await atHeadquarters(id as string, {})
    await goneAtHeadquarters('o10')
    expect(await node.get('/api/exceptions')).toMatchObject({
      exceptions: [{ branchId: 'b1', documentId: 'o10', code: 'SCOPE' }],
    })
    await client.ask('insert', { collection: 'orders', doc: order('o10') })
    await atHeadquarters('o10', { branchId: 'b1' })
    expect(await node.get('/api/exceptions')).toEqual({ exceptions: [] })
  })

  it('says which schema version the node has when its own is another', async () => {
    await replicate('orders', 7)
    expect(await client.ask('error', { part: 'not 7' })).toContain('orders are at schema version 1 here')
  })

  it('sees shared documents and those of its branch, and nothing of another branch', async () => {
    await cloud.post('/api/documents/orders', { ...order('theirs'), branchId: 'b2' })
    const product = testProduct('1')
    await cloud.post('/api/import', [product.record])
    await replicate('orders')
    await replicate('products')
    await client.ask('when', { collection: 'products', id: product.id, fields: { name: 'Tea 1' } })
    await cloud.post('/api/documents/orders', { id: 'theirs', note: 'while it listens' })
    await cloud.post('/api/documents/orders', order('ours'))
    await client.ask('when', { collection: 'orders', id: 'ours', fields: { number: 'ours' } })
    expect(await client.ask('ids', { collection: 'orders' })).toEqual(['ours'])
  })
})

describe('the published client of headquarters', () => {
  beforeEach(async () => {
    link = await Link.open(cloud.url)
    client = await CompatProcess.start('stock-client-process.mjs')
  })

  it('says that it is not let in where it shows no token', async () => {
    await client.ask('replicate', { url: link.url, collection: 'orders', version: 1, headers: {} })
    await client.ask('error', { part: 'unauthorized$' })
  })

  it('gets nothing of another branch’s document by writing one with its id', async () => {
    const headers = commandHeaders(await programOf(cloud, 'b1'))
    await cloud.post('/api/documents/orders', { ...order('theirs'), branchId: 'b2' })
    await client.ask('replicate', { url: link.url, collection: 'orders', version: 1, headers })
    await client.ask('insert', { collection: 'orders', doc: order('theirs', { number: 'guessed' }) })
    await client.ask('when', { collection: 'orders', id: 'theirs', fields: null })
    expect(await at(cloud, 'theirs')).toMatchObject({ number: 'theirs', branchId: 'b2' })
  })

  it('hears no more once its branch is disabled', async () => {
    const headers = commandHeaders(await programOf(cloud, 'b1'))
    await client.ask('replicate', { url: link.url, collection: 'orders', version: 1, headers })
    await client.ask('insert', { collection: 'orders', doc: order('o1') })
    await atHeadquarters('o1', {})
    await cloud.post('/api/branches/b1/disable', {})
    await cloud.post('/api/documents/orders', order('o2'))
    await client.ask('error', { part: 'forbidden$' })
    expect(await client.ask('ids', { collection: 'orders' })).toEqual(['o1'])
  })
})
