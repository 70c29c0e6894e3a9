/**
 * Nothing of another branch shows on any way out, and not even that there is something. `south` has documents of which
 * every word says whose they are; `east` and `north` ask for everything that they may ask for.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuditLog } from '../../adapters/access/audit-log.ts'
import { CommandToken } from '../../adapters/access/command-token.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import type { OpenApi, JsonSchema } from '../../adapters/http/openapi.ts'
import { RequestLimits } from '../../adapters/http/request-limits.ts'
import { RouteTable, type OpenStream } from '../../adapters/http/route-table.ts'
import { BranchGuard } from '../../local-node/branch-guard.ts'
import { openStoppedBranch } from '../../local-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Page, PushResponse } from '../../schemas/protocol/exchange.ts'
import { MOST_DASHBOARD_ROWS } from '../../schemas/protocol/dashboards.ts'
import { loopback, loopbackStream, type LoopbackAnswer, type LoopbackStream } from '../support/loopback-request.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import {
  askAs,
  level,
  startSecurityChain,
  tell,
  type Asker,
  type HeadquartersRole,
  type SecurityChain,
} from '../support/security-chain.ts'
import { STANDPOINT } from '../support/security-fuzz.ts'
import { heartbeatOf } from '../support/served-cloud.ts'
import { schemaVersion } from '../support/schema-version.ts'
import { HEADQUARTERS } from './access-table.ts'

const MEMBER = 'r-5d41402abc4b2a76b9719d911017c592'
const ORDER = 'south-order-7b8b965ad4bca0e41ab5'
const MOVEMENT = 'south-movement-9f6d1de3e1b3b3c0'
/** As long as theirs, and of nobody. */
const ABSENT: Readonly<Record<string, string>> = {
  [MEMBER]: 'r-7d793037a0760186574b0282f2f435e7',
  [ORDER]: 'absent-order-b8b965ad4bca0e41ab7',
  [MOVEMENT]: 'absent-movement-f6d1de3e1b3b3c0',
}

const ofSouth: Readonly<Record<'members' | 'orders' | 'movements', Doc & { readonly id: string }>> = {
  members: {
    id: MEMBER,
    scope: 'south',
    generation: 0,
    name: 'Somebody of south',
    contactPhone: '+8613911138777',
    tags: [],
    registrations: [],
    aliases: [],
    followUps: [],
  },
  orders: { ...testOrder(ORDER, 'south', MEMBER), id: ORDER },
  movements: {
    id: MOVEMENT,
    branchId: 'south',
    memberId: MEMBER,
    kind: 'adjust',
    points: 5,
    value: 0,
    at: '2026-03-01T10:00:00.000Z',
    reason: 'for south',
  },
}

let chain: SecurityChain

beforeAll(async () => {
  chain = await startSecurityChain()
  const { cloud, headquarters } = chain
  const south = headquarters['other branch']
  for (const [name, document] of Object.entries(ofSouth)) {
    const stored = await tell<Doc[]>(cloud, south, `/${name}/${schemaVersion(name)}/push`, rows(document))
    expect(stored.map(({ id, _deleted }) => [id, _deleted])).toEqual([[document.id, false]])
  }
  await tell(cloud, headquarters.command, '/api/documents/products', product('p1'))
  for (const [role, id] of [
    ['branch', 'east'],
    ['other branch', 'south'],
  ] as const) {
    await tell(cloud, headquarters[role], '/exchange/v1/heartbeat', heartbeatOf(id))
  }
  await level(chain.north)
})

afterAll(() => chain.stop())

const rows = (...documents: readonly object[]) =>
  documents.map((newDocumentState) => ({ newDocumentState: { _deleted: false, ...newDocumentState } }))

function product(id: string): Doc {
  return { id, name: `Tea ${id}`, price: 100, currency: 'CNY' }
}

async function post(node: NodeProcess, asker: Asker, path: string, body: unknown): Promise<LoopbackAnswer> {
  return askAs(node, asker, { method: 'POST', path, body: JSON.stringify(body) })
}

/** What nobody of another branch may read, in an answer to a question that did not say it itself. */
function expectNothingOfSouth(where: string, { text, headers }: LoopbackAnswer): void {
  expect({ where, text: /south/i.exec(text + JSON.stringify(headers))?.input }).toEqual({ where, text: undefined })
}

const heldBy = (id: string) => {
  const head = { epoch: `start-of-${id}`, seq: 0 }
  return { ...STANDPOINT, head }
}

describe('what a branch is given', () => {
  it.each(['branch', 'program'] as const)(
    'holds nothing of another branch: pull and conflict replies, as a %s',
    async (role) => {
      const asker = chain.headquarters[role]
      let documents = 0
      for (const { name } of COLLECTIONS) {
        const answer = await askAs(chain.cloud, asker, {
          method: 'GET',
          path: `/${name}/${schemaVersion(name)}/pull?limit=1000`,
        })
        expect(answer.status).toBe(200)
        documents += (answer.json as { documents: Doc[] }).documents.length
        expectNothingOfSouth(`pull of ${name}`, answer)
      }
      expect(documents).toBeGreaterThanOrEqual(2)
      const claimed = { ...ofSouth.orders, branchId: 'east', memberId: undefined, number: 'E-1' }
      const { json, status } = await post(chain.cloud, asker, '/orders/1/push', [
        { newDocumentState: { ...claimed, _deleted: false }, assumedMasterState: { id: ORDER, branchId: 'east' } },
      ])
      expect(status).toBe(200)
      // What was pushed comes back as deleted, and nothing that was not pushed.
      expect(json).toEqual([{ ...JSON.parse(JSON.stringify(claimed)), _deleted: true }])
    },
  )

  it('holds nothing of another branch: heartbeat, pages of every class, wanted documents, digests, figures', async () => {
    const { cloud, headquarters } = chain
    const east = headquarters.branch
    expectNothingOfSouth(
      'heartbeat',
      await post(cloud, east, '/exchange/v1/heartbeat', { ...heartbeatOf('east'), beat: 2 }),
    )
    const wanted = Object.entries(ofSouth).map(([collection, { id }]) => ({ collection, id }))
    let documents = 0
    for (const { syncClass } of COLLECTIONS) {
      const answer = await post(cloud, east, '/exchange/v1/pull', {
        ...heldBy('east'),
        class: syncClass,
        limit: 1000,
        wanted,
      })
      expect(answer.status).toBe(200)
      documents += (answer.json as Page).documents.length
      expectNothingOfSouth(`class ${syncClass}`, answer)
    }
    expect(documents).toBeGreaterThanOrEqual(2)
    const figures = { ...heldBy('east'), day: '2026-03-01', orders: 1, sales: 100, currency: 'CNY' }
    expectNothingOfSouth('stats', await post(cloud, east, '/exchange/v1/stats', figures))
    for (const { name } of COLLECTIONS) {
      const answer = await post(cloud, east, '/exchange/v1/digests', {
        ...heldBy('east'),
        collection: name,
        scope: 'east',
      })
      expectNothingOfSouth(`digests of ${name}`, answer)
    }
    const missing = {
      ...heldBy('east'),
      delivery: 'of-another',
      class: 80,
      receipts: [{ collection: 'orders', id: 'x', seq: 1, outcome: 'applied' }],
    }
    expectNothingOfSouth('receipts', await post(cloud, east, '/exchange/v1/receipts', missing))
  })

  it('holds nothing of another branch: live streams, of nudges and of documents', async () => {
    const { cloud, headquarters } = chain
    const streams = new Map<string, LoopbackStream>()
    for (const role of ['branch', 'program'] as const) {
      for (const { name } of COLLECTIONS)
        streams.set(
          `${role} ${name}`,
          await open(cloud, headquarters[role], `/${name}/${schemaVersion(name)}/pullStream`),
        )
    }
    const nudges = await open(cloud, headquarters.branch, '/exchange/v1/nudges')
    await nudges.until('data:')
    const told = nudges.text()
    await tell(
      cloud,
      headquarters['other branch'],
      '/orders/1/push',
      rows(testOrder('south-order-2', 'south')) as never,
    )
    await tell(cloud, headquarters.command, '/api/documents/products', product('p2'))
    // What comes after it came shows that it did not come.
    for (const role of ['branch', 'program']) await streams.get(`${role} products`)!.until('p2')
    await nudges.until(/data:[^]*data:/)
    // Of the products, and of no order.
    expect(nudges.text().slice(told.length)).toMatch(/^data: \{"priority":20\}\s*$/)
    for (const [name, stream] of streams) {
      expect({ name, text: /south/i.exec(stream.text())?.input }).toEqual({ name, text: undefined })
      stream.close()
    }
    nudges.close()
  })

  it("holds nothing of another branch: everything that a branch's own node tells", async () => {
    const { north, branch } = chain
    const { json } = await loopback(north.url, { method: 'GET', path: '/api/openapi.json', from: '127.3.0.4' })
    const looks = Object.entries((json as OpenApi).paths).filter(
      ([path, { get }]) => get && !path.includes('{') && !/tream$|openapi/.test(path),
    )
    expect(looks.length).toBeGreaterThan(15)
    for (const [path] of looks) {
      const asker = path.endsWith('/pull') ? branch.device : branch.manager
      const answer = await askAs(north, asker, { method: 'GET', path })
      expect({ path, status: answer.status }).toEqual({ path, status: 200 })
      expectNothingOfSouth(path, answer)
    }
  })
})

function open(node: NodeProcess, asker: Asker, path: string): Promise<LoopbackStream> {
  return asker
    .headers('GET', path)
    .then((headers) => loopbackStream(node.url, { method: 'GET', path, from: asker.from, headers }))
}

/** Twice the same question, about what is another's and about what is not there; only the id differs. */
async function expectEqual(ask: (id: (of: string) => string) => Promise<LoopbackAnswer>): Promise<LoopbackAnswer> {
  const [elsewhere, absent] = [await ask((id) => id), await ask((id) => ABSENT[id]!)]
  const plain = ({ status, text, headers }: LoopbackAnswer) => {
    let told = text.replaceAll(/"requestId":"[^"]*"/g, '')
    for (const [id, other] of Object.entries(ABSENT)) told = told.replaceAll(id, '#').replaceAll(other, '#')
    return { status, told, length: headers['content-length'] }
  }
  expect(plain(elsewhere)).toEqual(plain(absent))
  return elsewhere
}

describe('what another branch has is answered like what is not there', () => {
  it.each(Object.keys(ofSouth) as (keyof typeof ofSouth)[])(
    'pushed as it is, by both ways in: %s',
    async (collection) => {
      const { cloud, headquarters } = chain
      const document = ofSouth[collection]
      const { syncClass } = COLLECTIONS.find(({ name }) => name === collection)!
      for (const role of ['branch', 'program'] as const) {
        const told = await expectEqual((id) =>
          post(
            cloud,
            headquarters[role],
            `/${collection}/${schemaVersion(collection)}/push`,
            rows({ ...document, id: id(document.id) }),
          ),
        )
        expect(told.status).toBe(200)
      }
      const pushed = await expectEqual((id) =>
        post(cloud, headquarters.branch, '/exchange/v1/push', {
          ...heldBy('east'),
          class: syncClass,
          documents: [
            {
              collection,
              version: schemaVersion(collection),
              seq: 1,
              document: { _deleted: false, ...document, id: id(document.id) },
            },
          ],
        }),
      )
      expect((pushed.json as PushResponse).outcomes).toMatchObject([{ outcome: 'rejected' }])
      expect((pushed.json as PushResponse).outcomes[0]).not.toHaveProperty('document')
    },
  )

  it('wanted, compared and named by its scope', async () => {
    const { cloud, headquarters } = chain
    await expectEqual((id) => {
      const wanted = Object.entries(ofSouth).map(([collection, of]) => ({ collection, id: id(of.id) }))
      return post(cloud, headquarters.branch, '/exchange/v1/pull', { ...heldBy('east'), class: 80, limit: 100, wanted })
    })
    const digests = (scope: string) =>
      post(cloud, headquarters.branch, '/exchange/v1/digests', { ...heldBy('east'), collection: 'orders', scope })
    const [of, none] = [await digests('south'), await digests('satin')]
    expect([of.status, (of.json as { code: string }).code]).toEqual([none.status, (none.json as { code: string }).code])
    expect(of.text.length).toBe(none.text.length)
    expect(of.status).toBe(403)
  })

  it("asked for at a branch's own node, of which it has nothing", async () => {
    const { north, branch } = chain
    for (const path of [
      (id: (of: string) => string) => `/api/documents/orders/${id(ORDER)}`,
      (id: (of: string) => string) => `/api/documents/members/${id(MEMBER)}`,
      (id: (of: string) => string) => `/api/members/${id(MEMBER)}`,
      (id: (of: string) => string) => `/api/members/${id(MEMBER)}/balance`,
      (id: (of: string) => string) => `/api/members/${id(MEMBER)}/documents/orders`,
    ]) {
      const told = await expectEqual((id) => askAs(north, branch.manager, { method: 'GET', path: path(id) }))
      expect(told.status).toBeLessThan(500)
    }
  })
})

describe('a phone', () => {
  it('is told in full to whoever may act at headquarters, and masked to a viewer at every address that it may ask', async () => {
    const { cloud, headquarters } = chain
    const path = `/api/documents/members/${MEMBER}`
    expect(await tell(cloud, headquarters.operator, path)).toMatchObject({ contactPhone: '+8613911138777' })
    expect(await tell(cloud, headquarters.viewer, path)).toMatchObject({ contactPhone: '139****8777' })
    const values: Record<string, string> = { id: MEMBER, collection: 'members' }
    const addresses = Object.entries(HEADQUARTERS).flatMap(([address, level]) => {
      const [method, template = ''] = address.split(' ')
      return method === 'GET' && level === 'viewer' && !template.endsWith('/stream') ? [template] : []
    })
    expect(addresses.length).toBeGreaterThan(20)
    for (const template of addresses) {
      const asked = template.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? '1')
      const { text } = await askAs(cloud, headquarters.viewer, { method: 'GET', path: asked })
      expect({ asked, hasPhone: text.includes('13911138777') }).toEqual({ asked, hasPhone: false })
    }
    for (const [asked, body] of [
      ['/api/members/search', { name: 'Somebody' }],
      ['/api/members/find', { phone: '13911138777', scope: 'south' }],
    ] as const) {
      const { text } = await post(cloud, headquarters.viewer, asked, body)
      expect({ asked, hasPhone: text.includes('13911138777') }).toEqual({ asked, hasPhone: false })
    }
  })
})

describe('what is known to be wrong with rxdb-server is not so at any address', () => {
  it('nobody takes a document of another branch over, whatever it says whose it is', async () => {
    const { cloud, headquarters } = chain
    const before = await tell<Doc>(cloud, headquarters.operator, `/api/documents/orders/${ORDER}`)
    for (const role of ['branch', 'program'] as const) {
      for (const more of [
        { branchId: 'east' },
        { branchId: 'south' },
        { _deleted: true },
        { branchId: 'east', _deleted: true },
      ]) {
        const newDocumentState = { ...before, status: 'refunded', total: 1, ...more }
        for (const assumedMasterState of [undefined, before, { ...before, branchId: 'east' }]) {
          const { status } = await post(cloud, headquarters[role], '/orders/1/push', [
            { newDocumentState, assumedMasterState },
          ])
          expect(status).toBe(200)
        }
      }
      // The addresses of its REST endpoints are none of ours.
      for (const action of ['set', 'get', 'query', 'delete', 'observe']) {
        const refused = await post(cloud, headquarters[role], `/orders/1/${action}`, [before])
        expect(refused).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } })
      }
    }
    expect(await tell(cloud, headquarters.operator, `/api/documents/orders/${ORDER}`)).toEqual(before)
  })

  it.each(['branch', 'program'] as const)(
    'fields that only headquarters writes are not taken from a %s, at an insert or later',
    async (role) => {
      const { cloud, headquarters } = chain
      const id = role === 'branch' ? 'r-aaf4c61ddcc5e8a2dabede0f3b482cd9' : 'r-b1d5781111d84f7b3fe45a0852e59758'
      const own = { ...ofSouth.members, id, scope: 'east', name: 'Somebody' }
      const rich = { points: 1_000_000, value: 1_000_000 }
      const more = { balance: rich, balanceSeq: 9_000_000 }
      for (const document of [
        { ...own, ...more },
        { ...own, name: 'Else', ...more },
      ]) {
        await tell(cloud, headquarters[role], '/members/1/push', rows(document) as never)
        const stored = await tell<Doc>(cloud, headquarters.operator, `/api/documents/members/${id}`)
        expect(JSON.stringify(stored)).not.toMatch(/1000000|9000000/)
      }
      const down = {
        branches: { id: 'east', name: 'Mine', enabled: true },
        products: product('mine'),
        decisions: { id: 'd1', scope: 'east' },
      }
      for (const [collection, document] of Object.entries(down)) {
        const { status } = await post(
          cloud,
          headquarters[role],
          `/${collection}/${schemaVersion(collection)}/push`,
          rows(document),
        )
        expect(status).toBe(200)
      }
      const name = (await tell<Doc>(cloud, headquarters.viewer, '/api/documents/branches/east'))['name']
      expect(name).toBe('Branch east')
      for (const path of ['products/mine', 'decisions/d1']) {
        expect(
          await askAs(cloud, headquarters.viewer, { method: 'GET', path: `/api/documents/${path}` }),
        ).toMatchObject({ status: 404 })
      }
    },
  )

  it.each(['cloud', 'north'] as const)(
    'no address of %s takes a query that it would have to run, or hands out without bound',
    async (name) => {
      const node = chain[name]
      const { json } = await loopback(node.url, { method: 'GET', path: '/api/openapi.json', from: '127.3.0.5' })
      const named: string[] = []
      const unbounded: string[] = []
      for (const [path, { get, post: posted }] of Object.entries((json as OpenApi).paths)) {
        for (const operation of [get, posted]) {
          const inQuery = operation?.parameters ?? []
          const fields = [
            ...inQuery.map(({ name: field, schema }) => [field, schema] as const),
            ...fieldsIn(operation?.requestBody?.content['application/json']?.schema),
          ]
          for (const [field, schema] of fields) {
            named.push(field)
            // Figures, not documents: a line for each branch and day of a year, as a file for a spreadsheet.
            const most = path === '/api/dashboards/{name}' ? MOST_DASHBOARD_ROWS : 1000
            if (field === 'limit' && !(Number(schema['maximum']) <= most)) unbounded.push(`${path} ${field}`)
          }
        }
      }
      expect(unbounded).toEqual([])
      expect(named).toContain('limit')
      expect(named.filter((field) => /selector|regex|query|filter|where|sort|^\$/i.test(field))).toEqual([])
      const asker = name === 'cloud' ? chain.headquarters.program : chain.branch.device
      for (const limit of ['1001', '1000000000', '0', '-1', '1e9', 'Infinity', '']) {
        const answer = await askAs(node, asker, { method: 'GET', path: `/orders/1/pull?limit=${limit}` })
        expect({ limit, status: answer.status }).toEqual({ limit, status: 400 })
      }
      const selector = encodeURIComponent(JSON.stringify({ name: { $regex: '^(a+)+$' } }))
      const plain = await askAs(node, asker, { method: 'GET', path: '/products/0/pull' })
      const asked = await askAs(node, asker, {
        method: 'GET',
        path: `/products/0/pull?selector=${selector}&query=${selector}`,
      })
      expect(asked.text).toBe(plain.text)
    },
  )
})

function fieldsIn(schema: JsonSchema | undefined): [string, JsonSchema][] {
  if (!schema) return []
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((word) => (schema[word] as JsonSchema[] | undefined) ?? [])
  const items = schema['items'] as JsonSchema | undefined
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, one]): [string, JsonSchema][] => [
    [name, one],
    ...fieldsIn(one),
  ])
  return [...own, ...parts.flatMap(fieldsIn), ...fieldsIn(items)]
}

describe('a stream hears nothing more once whoever opened it may not come any more', () => {
  /** Something happens that every stream would tell. */
  const change = (id: string) => tell(chain.cloud, chain.headquarters.command, '/api/documents/products', product(id))

  it.each<[string, HeadquartersRole, string, () => string]>([
    [
      'a program is revoked',
      'program',
      '/products/0/pullStream',
      () => `/api/programs/${chain.ids.programs['good']}/revoke`,
    ],
    ['a branch is revoked', 'branch', '/products/0/pullStream', () => '/api/branches/east/revoke'],
    ['a branch is revoked, for its nudges', 'other branch', '/exchange/v1/nudges', () => '/api/branches/south/revoke'],
    [
      'an account is closed',
      'operator',
      '/api/status/stream',
      () => `/api/accounts/${chain.ids.accounts['operator']}/close`,
    ],
    [
      'a password is changed',
      'viewer',
      '/api/status/stream',
      () => `/api/accounts/${chain.ids.accounts['viewer']}/password`,
    ],
    ['a session is ended', 'administrator', '/api/status/stream', () => '/api/session/end'],
  ] as const)('at headquarters: %s', async (why, role, path, order) => {
    const { cloud, headquarters } = chain
    const id = `p-${why.replaceAll(/\W+/g, '-')}`
    const stream = await open(cloud, headquarters[role], path)
    await change(`${id}-1`)
    await stream.until(path.endsWith('pullStream') ? `${id}-1` : 'data:')
    const who =
      path.startsWith('/api/status') && order() === '/api/session/end' ? headquarters[role] : headquarters.command
    const body = order().endsWith('/password') ? { password: 'another long enough one' } : {}
    await tell(cloud, who, order(), body)
    // What was sent before that has come by now.
    await tell(cloud, headquarters.command, '/api/health')
    const told = stream.text()
    await change(`${id}-2`)
    const all = await stream.ended
    expect(all.slice(told.length)).not.toContain('data:')
  })

  it.each([
    ['a device is revoked', 'device', '/members/1/pullStream', 'bare'],
    ['a program is revoked', 'program', '/members/1/pullStream', 'program'],
    ['a device is revoked, for the status', 'cashier', '/api/status/stream', 'till'],
  ] as const)('at a branch: %s', async (_, role, path, device) => {
    const { north, branch, ids } = chain
    const register = (name: string) => tell(north, branch.command, '/api/members', { name, phone: nextPhone() })
    const stream = await open(north, branch[role], path)
    await register('First')
    await stream.until(path.endsWith('pullStream') ? 'First' : 'data:')
    await tell(north, branch.command, `/api/devices/${ids.devices[device]}/revoke`, {})
    await tell(north, branch.command, '/api/health')
    const told = stream.text()
    await register('Second')
    const all = await stream.ended
    expect(all.slice(told.length)).not.toContain('data:')
  })

  it('at a branch: somebody of the staff is closed, or made less, while a stream is open that is for such only', async () => {
    const { folder } = chain
    const { access, operations, close } = openStoppedBranch(`${folder}/east`, COLLECTIONS)
    const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
    const app = createApp(silent)
    const audit = new AuditLog(operations.branch.replica.store, Date.now)
    const guard = new BranchGuard({ access, audit, limits: new RequestLimits(), commandToken: new CommandToken() })
    const routes = new RouteTable(app, guard)
    const streams = new Set<ReturnType<OpenStream>>()
    for (const level of ['device', 'cashier', 'manager'] as const) {
      const spec = { method: 'GET', path: `/${level}`, access: level, about: 'A stream.', streams: true } as const
      routes.add(spec, ({ openStream }) => void streams.add(openStream(ignore)))
    }
    addErrorHandling(app, silent)
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { code } = access.devices.issueCode('command')
      const device = await access.devices.pair({
        code,
        address: '127.0.0.1',
        name: 'till',
        manager: { name: 'Manager', pin: '271828' },
      })
      const manager = access.staff.list()[0]!
      const other = await access.staff.add('command', { name: 'Other', role: 'manager', pin: '314159' })
      const login = await access.staff.login({ kind: 'device', id: device.id, name: 'till' }, other.id, '314159')
      const cookie = `outpost-device-east=${device.token}; outpost-staff-east=${login.token}`
      const listen = (level: string) =>
        loopbackStream(url, { method: 'GET', path: `/${level}`, from: '127.5.0.1', headers: { cookie } })
      const [ofDevice, ofCashier, ofManager] = [
        await listen('device'),
        await listen('cashier'),
        await listen('manager'),
      ]
      const send = (word: string) => streams.forEach((stream) => stream.send(word))
      send('first')
      for (const stream of [ofDevice, ofCashier, ofManager]) await stream.until('first')
      access.staff.setRole('command', other.id, 'cashier')
      send('second')
      expect(await ofManager.ended).not.toContain('second')
      for (const stream of [ofDevice, ofCashier]) await stream.until('second')
      access.staff.close('command', other.id)
      send('third')
      expect(await ofCashier.ended).not.toContain('third')
      await ofDevice.until('third')
      access.devices.revoke('command', device.id)
      send('fourth')
      expect(await ofDevice.ended).not.toContain('fourth')
      expect(manager.role).toBe('manager')
    } finally {
      server.closeAllConnections()
      server.close()
      close()
    }
  })
})

const ignore = () => undefined

let phones = 0

function nextPhone(): string {
  phones += 1
  return `138001${String(38_000 + phones)}`
}
