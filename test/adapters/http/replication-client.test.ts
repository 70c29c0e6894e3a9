import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  replicateWithNode,
  type NodeReplication,
  type NodeReplicationOptions,
  type NodeReplicationStatus,
  type OpenNudges,
} from '../../../adapters/http/replication-client.ts'
import { wrappedDownstreamMergeStorage } from '../../../adapters/rxdb/downstream-merge-storage.ts'
import { openCollections, type ChainDatabase } from '../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { members } from '../../../schemas/collections/members.ts'
import { products } from '../../../schemas/collections/products.ts'
import type { Doc } from '../../../schemas/json.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import { merge, sameState } from '../../../schemas/merge.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'

const nodeClock = new WriterClock({ writer: 'node' as WriterId })
const person = { scope: 'shared', generation: 0, tags: [], registrations: [], aliases: [], followUps: [] }

let node: TestNode
let database: ChainDatabase
let stop: AbortController
let replication: NodeReplication
let status: NodeReplicationStatus | undefined

beforeEach(async () => {
  node = new TestNode()
  await node.start()
  stop = new AbortController()
  status = undefined
  database = await openCollections({
    name: `client-${Math.random()}`,
    storage: wrappedDownstreamMergeStorage({ storage: getRxStorageMemory(), declarations: [members, products] }),
    declarations: [members, products],
    stamp: new WriterClock({ writer: 'page' as WriterId }).stamp,
    multiInstance: false,
  })
})

afterEach(async () => {
  stop.abort()
  await replication.ended
  await database.close()
  await node.stop()
})

describe('a page that replicates with its node', () => {
  it('fetches all pages and sends its own writes', async () => {
    for (let i = 0; i < 25; i++) node.write(members, { ...person, id: `n${i}`, name: `N${i}` })
    begin(members, { batchSize: 10 })
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(25))
    await database['members']!.insert({ ...person, id: 'p1', name: 'Wang' })
    await vi.waitFor(() => expect(node.get('p1')).toMatchObject({ name: 'Wang' }))
    await vi.waitFor(() => expect(status).toMatchObject({ reachable: true, unsent: [] }))
  })

  it('merges what both sides changed', async () => {
    node.write(members, { ...person, id: 'm1', name: 'Li' })
    begin(members)
    const doc = await vi.waitFor(() => database['members']!.findOne('m1').exec(true))
    await node.stop()
    await doc.incrementalPatch({ note: 'likes tea' })
    node.write(members, { ...node.get('m1'), name: 'Li Na' })
    await node.start()
    const both = { name: 'Li Na', note: 'likes tea' }
    await vi.waitFor(() => expect(node.get('m1')).toMatchObject(both))
    await vi.waitFor(() => expect(doc.getLatest().toJSON()).toMatchObject(both))
  })

  it('keeps writes while the node is away, says which, and sends them when it is back', async () => {
    begin(members)
    await vi.waitFor(() => expect(status?.reachable).toBe(true))
    await node.stop()
    await database['members']!.insert({ ...person, id: 'p1', name: 'Wang' })
    await vi.waitFor(() => expect(status).toMatchObject({ reachable: false, unsent: ['p1'] }))
    expect(status?.problem?.code).toBe('NODE_UNREACHABLE')
    await node.start()
    await vi.waitFor(() => expect(node.get('p1')).toMatchObject({ name: 'Wang' }))
    await vi.waitFor(() => expect(status).toMatchObject({ reachable: true, unsent: [] }))
    expect(status?.problem).toBeUndefined()
  })

  it('does not wait out its pause when it is told to go on', async () => {
    await node.stop()
    begin(members, { backoff: { firstMs: 60_000, capMs: 60_000 } })
    await vi.waitFor(() => expect(status?.reachable).toBe(false))
    node.write(members, { ...person, id: 'n1', name: 'N' })
    await node.start()
    replication.resync()
    await vi.waitFor(async () => expect(await database['members']!.findOne('n1').exec()).not.toBeNull())
  })

  it('fetches at a nudge, opens the stream again after it broke, and then fetches what it missed', async () => {
    const nudges = nudgesInHand()
    begin(members, { openNudges: nudges.open })
    nudges.last().opened()
    node.write(members, { ...person, id: 'n1', name: 'N' })
    nudges.last().nudged()
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(1))
    nudges.last().failed()
    node.write(members, { ...person, id: 'n2', name: 'N' })
    await vi.waitFor(() => expect(nudges.opened()).toBe(2))
    nudges.last().opened()
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(2))
  })

  it('gives up a request that is never answered, and tries again', async () => {
    node.hangs = 1
    node.write(members, { ...person, id: 'n1', name: 'N' })
    begin(members, { requestTimeoutMs: 50 })
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(1))
  })

  it('goes on after answers that are no node’s: errors, a captive portal', async () => {
    node.write(members, { ...person, id: 'n1', name: 'N' })
    node.portal = 2
    begin(members)
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(1))
  })

  it('keeps a refused document on the screen, reports it once, and does not push it for ever', async () => {
    node.refuses.add('bad')
    begin(members)
    await database['members']!.bulkInsert([
      { ...person, id: 'bad', name: 'X' },
      { ...person, id: 'good', name: 'Y' },
    ])
    await vi.waitFor(() => expect(status).toMatchObject({ unsent: [], refused: ['bad'] }))
    expect(node.get('good')).toMatchObject({ name: 'Y' })
    const { pushes } = node
    // What the node has meanwhile arrives with the round that could have pushed the refused document once more.
    node.write(members, { ...person, id: 'later', name: 'L' })
    replication.resync()
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(3))
    expect(node.pushes).toBe(pushes)
    await (await database['members']!.findOne('bad').exec(true)).incrementalPatch({ name: 'Z' })
    await vi.waitFor(() => expect(node.pushes).toBe(pushes + 1))
  })

  it('sends a batch that is too large for the node in parts', async () => {
    node.mostBytes = 1500
    await database['members']!.bulkInsert(
      Array.from({ length: 8 }, (_, i) => ({ ...person, id: `p${i}`, name: 'x'.repeat(150) })),
    )
    begin(members)
    await vi.waitFor(() => expect(node.count()).toBe(8))
  })

  it('offers everything again to a node that was restored or replaced', async () => {
    // What comes from the node gives the page a position there, which is lost later.
    node.write(members, { ...person, id: 'n0', name: 'O' })
    begin(members)
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(1))
    await database['members']!.bulkInsert([
      { ...person, id: 'p1', name: 'Wang' },
      { ...person, id: 'p2', name: 'Zhao' },
    ])
    await vi.waitFor(() => expect(node.count()).toBe(3))
    node.forgetEverything()
    node.write(members, { ...person, id: 'n1', name: 'N' })
    replication.resync()
    await vi.waitFor(() => expect(node.count()).toBe(4))
    await vi.waitFor(async () => expect(await database['members']!.count().exec()).toBe(4))
  })

  it('never pushes what only headquarters writes', async () => {
    node.write(products, { id: 'tea', name: 'Tea', price: 500, currency: 'CNY' })
    begin(products)
    const tea = await vi.waitFor(() => database['products']!.findOne('tea').exec(true))
    await tea.incrementalPatch({ price: 1 })
    node.write(products, { ...node.get('tea'), price: 600 })
    replication.resync()
    await vi.waitFor(() => expect(tea.getLatest().get('price')).toBe(600))
    expect(node.pushes).toBe(0)
  })
})

function begin(declaration: CollectionDeclaration, options: Partial<NodeReplicationOptions> = {}): void {
  replication = replicateWithNode({
    collection: database[declaration.name]!,
    declaration,
    baseUrl: node.url,
    signal: stop.signal,
    onStatus: (next) => (status = next),
    backoff: { firstMs: 10, capMs: 40 },
    ...options,
  })
}

function nudgesInHand() {
  const streams: Parameters<OpenNudges>[1][] = []
  const open: OpenNudges = (_url, on) => {
    streams.push(on)
    return () => undefined
  }
  return { open, opened: () => streams.length, last: () => streams.at(-1)! }
}

/** A node over real HTTP whose failures are in the test's hands. */
class TestNode {
  readonly refuses = new Set<string>()
  hangs = 0
  portal = 0
  pushes = 0
  mostBytes = Infinity
  #server: Server | undefined
  #port = 0
  #epoch = 'e1'
  #rows = new Map<string, { seq: number; doc: Doc }>()
  #seq = 0

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const server = createServer((req, res) => void this.#answer(req, res))
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  get(id: string): Doc | undefined {
    return this.#rows.get(id)?.doc
  }

  count(): number {
    return this.#rows.size
  }

  write(declaration: CollectionDeclaration, doc: Doc): void {
    const id = doc['id'] as string
    const stamped = stampWrite(declaration.merge, this.get(id), doc, nodeClock.stamp)
    if (!stamped.ok) throw new Error(stamped.reason)
    this.#rows.set(id, { seq: ++this.#seq, doc: stamped.doc })
  }

  forgetEverything(): void {
    this.#rows.clear()
    this.#seq = 0
    this.#epoch = 'e2'
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url!, this.url)
    let body = ''
    for await (const chunk of req) body += chunk
    if (this.hangs > 0) return void this.hangs--
    if (this.portal > 0) return void res.writeHead(this.portal-- === 2 ? 502 : 200).end('<html>Log in</html>')
    const answer = url.pathname.endsWith('/pull') ? this.#pull(url.searchParams) : this.#push(body)
    res.writeHead('status' in answer ? answer.status : 200, { 'content-type': 'application/json' })
    res.end(JSON.stringify(answer))
  }

  #pull(query: URLSearchParams) {
    const after = Number(query.get('lwt'))
    if (after > 0 && query.get('id') !== this.#epoch) {
      return { status: 409, code: 'POSITION_UNKNOWN', message: 'restored' }
    }
    const rows = [...this.#rows.values()].filter((row) => row.seq > after).toSorted((a, b) => a.seq - b.seq)
    const page = rows.slice(0, Number(query.get('limit')))
    return {
      documents: page.map((row) => row.doc),
      checkpoint: { id: this.#epoch, lwt: page.at(-1)?.seq ?? after },
    }
  }

  #push(body: string) {
    if (body.length > this.mostBytes) return { status: 413, code: 'BODY_TOO_LARGE', message: 'too large' }
    this.pushes++
    const rows = JSON.parse(body) as { newDocumentState: Doc }[]
    return rows.flatMap(({ newDocumentState: pushed }) => {
      const id = pushed['id'] as string
      if (this.refuses.has(id)) return [{ ...pushed, _deleted: true }]
      const known = this.get(id)
      const joined = replicatedState(known ? merge(members.merge, pushed, known) : pushed)
      this.#rows.set(id, { seq: ++this.#seq, doc: joined })
      return sameState(joined, pushed) ? [] : [joined]
    })
  }
}
