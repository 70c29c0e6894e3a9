import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RequestLimits } from '../../adapters/http/request-limits.ts'
import { isRecord } from '../../schemas/json.ts'
import { routeSpecs } from '../../scripts/docs/route-tables.ts'
import { loopback, type LoopbackAnswer } from '../support/loopback-request.ts'
import type { NodeProcess } from '../support/node-process.ts'
import {
  askAs,
  contentOf,
  startSecurityChain,
  UNISSUED,
  type Asker,
  type SecurityChain,
} from '../support/security-chain.ts'
import { BRANCH, BRANCH_ROLES, HEADQUARTERS, HEADQUARTERS_ROLES, type Expectation } from './access-table.ts'

let chain: SecurityChain
let before: Record<'cloud' | 'north', Record<string, string[]>>

beforeAll(async () => {
  chain = await startSecurityChain()
  before = contents()
})

afterAll(() => chain.stop())

function contents() {
  return { cloud: contentOf(chain.cloud.dataDir), north: contentOf(chain.north.dataDir) }
}

/** Of every address, one that stands for nothing: who may ask is told so, and nothing is changed. */
const OF_NOTHING: Readonly<Record<string, string>> = {
  id: 'nobody-here',
  collection: 'nothing',
  version: 'v0',
  name: 'nothing',
}
/** Of what there is: who may not ask is not told so. */
const OF_SOMETHING = { id: 'east', collection: 'branches', version: 'v1', name: 'nothing' }

function pathOf(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/:(\w+)/g, (_, name: string) => values[name]!)
}

const MALFORMED = JSON.stringify({ nothing: ['that any address', 'takes'] })

/** The one shape of errors; collections tell clients of `rxdb-server` by one more field. */
function expectError({ headers, json }: LoopbackAnswer, path: string): void {
  expect(isRecord(json), path).toBe(true)
  const { code, message, requestId, field, error, ...more } = json as Record<string, unknown>
  expect({ path, more, error, code, message, field, requestId }).toEqual({
    path,
    more: {},
    error: /\/(pull|push|pullStream)$/.test(path) && !path.startsWith('/exchange/') ? true : undefined,
    code: expect.stringMatching(/^[A-Z_]+$/) as string,
    message: expect.any(String) as string,
    field: field === undefined ? undefined : (expect.any(String) as string),
    requestId: headers['x-request-id'],
  })
}

function summaryOf({ status, json }: LoopbackAnswer): string {
  return isRecord(json) && status >= 400 ? `${status} ${String(json['code'])}` : String(status)
}

function isIn({ status }: LoopbackAnswer): boolean {
  return status < 500 && ![401, 403, 429].includes(status)
}

interface Walked {
  readonly asked: number
  readonly wrong: readonly string[]
}

async function walk<Level extends string>(
  node: NodeProcess,
  addresses: Readonly<Record<string, Level>>,
  asker: Asker,
  row: Readonly<Record<Level, Expectation>>,
): Promise<Walked> {
  const wrong: string[] = []
  let asked = 0
  for (const [address, level] of Object.entries(addresses)) {
    const [method = '', template = ''] = address.split(' ')
    const expected = row[level]
    const isPost = method === 'POST'
    const path = pathOf(template, expected === 'in' ? OF_NOTHING : OF_SOMETHING)
    const answer = await askAs(node, asker, {
      method,
      path,
      ...(isPost && expected === 'in' && { body: MALFORMED }),
      ...(isPost && expected !== 'in' && { withholdsBody: true }),
    })
    asked += 1
    const isExpected = expected === 'in' ? isIn(answer) : summaryOf(answer) === expected
    if (!isExpected) wrong.push(`${asker.name}: ${address} is ${expected}, and answered ${summaryOf(answer)}`)
    if (answer.status >= 400) expectError(answer, path)
  }
  return { asked, wrong }
}

describe('every address', () => {
  it.each(['headquarters', 'branch'] as const)('of %s stands in the table, and nothing else does', async (kind) => {
    const [table, node] = kind === 'headquarters' ? [HEADQUARTERS, chain.cloud] : [BRANCH, chain.north]
    const { json } = await loopback(node.url, { method: 'GET', path: '/api/openapi.json', from: '127.3.0.1' })
    const { paths } = json as { paths: Record<string, Record<string, unknown>> }
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(told.toSorted()).toEqual(Object.keys(table).toSorted())
    const declared = routeSpecs(kind).map(({ method, path }) => `${method} ${path}`)
    expect(declared.toSorted()).toEqual(told.toSorted())
  })
})

describe('who may ask what', () => {
  it.each(Object.keys(HEADQUARTERS_ROLES) as (keyof typeof HEADQUARTERS_ROLES)[])(
    'headquarters answers as the table says: %s',
    async (role) => {
      const { asked, wrong } = await walk(chain.cloud, HEADQUARTERS, chain.headquarters[role], HEADQUARTERS_ROLES[role])
      expect(wrong).toEqual([])
      expect(asked).toBe(Object.keys(HEADQUARTERS).length)
    },
  )

  it.each(Object.keys(BRANCH_ROLES) as (keyof typeof BRANCH_ROLES)[])(
    'a branch answers as the table says: %s',
    async (role) => {
      const { asked, wrong } = await walk(chain.north, BRANCH, chain.branch[role], BRANCH_ROLES[role])
      expect(wrong).toEqual([])
      expect(asked).toBe(Object.keys(BRANCH).length)
    },
  )

  it('HEAD is answered to nobody whom GET is not, and other methods to nobody', async () => {
    for (const [node, table, asker] of [
      [chain.cloud, HEADQUARTERS, chain.headquarters.nobody],
      [chain.north, BRANCH, chain.branch.nobody],
    ] as const) {
      const got = Object.entries(table).filter(([address]) => address.startsWith('GET '))
      for (const [address, level] of got) {
        const path = pathOf(address.slice(4), OF_SOMETHING)
        const { status } = await askAs(node, { ...asker, from: '127.3.0.2' }, { method: 'HEAD', path })
        // A stream has no head that could be told; of an open address the query is what is wrong at worst.
        const isStream = /\/(pullStream|stream|nudges)$/.test(path)
        expect({ address, status }).toEqual({
          address,
          status: isStream ? 404 : level === 'open' ? (expect.toBeOneOf([200, 400]) as number) : 401,
        })
        for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
          const refused = await askAs(node, { ...asker, from: `127.3.0.${3 + method.length}` }, { method, path })
          expect(summaryOf(refused)).toBe('404 NOT_FOUND')
        }
      }
    }
  })

  it('nothing of all this has changed a store', () => {
    expect(contents()).toEqual(before)
  })

  it('what was done stands in the audit log, and nothing that was refused', async () => {
    const { json } = await askAs(chain.cloud, chain.headquarters.command, {
      method: 'GET',
      path: '/api/audit?limit=1000',
    })
    const actions = (json as { entries: { action: string }[] }).entries.map(({ action }) => action)
    expect([...new Set(actions)].toSorted()).toEqual([
      'account.add',
      'account.close',
      'account.login',
      'account.logout',
      'branch.enrol',
      'branch.revoke',
    ])
    const branch = await askAs(chain.north, chain.branch.command, { method: 'GET', path: '/api/audit?limit=1000' })
    const done = (branch.json as { entries: { action: string }[] }).entries.map(({ action }) => action)
    expect([...new Set(done)].toSorted()).toEqual([
      'device.code',
      'device.pair',
      'device.revoke',
      'staff.add',
      'staff.close',
      'staff.login',
    ])
  })
})

/** Until the node has had enough of it, which must be soon. */
async function untilRefused(node: NodeProcess, asker: Asker, path: string, most: number): Promise<LoopbackAnswer> {
  for (let asked = 0; asked < most; asked += 1) {
    const answer = await askAs(node, asker, { method: 'GET', path })
    if (answer.status === 429) return answer
  }
  throw new Error(`${asker.name} asked ${most} times and was never told to wait`)
}

describe('how much may be asked', () => {
  it.each(['headquarters', 'branch'] as const)(
    'whoever guesses at %s waits, whatever is shown next; others, and whoever proves who it is, do not',
    async (kind) => {
      const node = kind === 'headquarters' ? chain.cloud : chain.north
      const guesser: Asker = {
        name: 'guesser',
        from: '127.4.0.1',
        headers: () => Promise.resolve({ authorization: `Bearer ${UNISSUED}` }),
      }
      const told = await untilRefused(node, guesser, '/api/status', 130)
      expect(summaryOf(told)).toBe('429 TOO_MANY_REQUESTS')
      expectError(told, '/api/status')
      expect(Number(told.headers['retry-after'])).toSatisfy((s: number) => s >= 1 && s <= 60)
      const silent = { ...guesser, headers: chain.branch.nobody.headers }
      expect(await askAs(node, silent, { method: 'GET', path: '/api/health' })).toMatchObject({ status: 429 })
      const other = { ...silent, from: '127.4.0.2' }
      expect(await askAs(node, other, { method: 'GET', path: '/api/health' })).toMatchObject({ status: 200 })

      // Behind one address there may be a whole network: nobody in it shuts a branch, a till or a person out.
      const good =
        kind === 'headquarters'
          ? [
              chain.headquarters.branch,
              chain.headquarters.viewer,
              chain.headquarters.program,
              chain.headquarters.command,
            ]
          : [chain.branch.device, chain.branch.program, chain.branch.command]
      for (const { headers } of good) {
        const neighbour = { ...guesser, headers }
        expect(await askAs(node, neighbour, { method: 'GET', path: '/api/health' })).toMatchObject({ status: 200 })
      }
    },
  )

  it.each(['headquarters', 'branch'] as const)(
    'an address from which %s hears of nobody has its share',
    async (kind) => {
      const node = kind === 'headquarters' ? chain.cloud : chain.north
      const silent = { ...chain.branch.nobody, from: '127.4.0.3' }
      const told = await untilRefused(node, silent, '/api/health', 610)
      expect(Number(told.headers['retry-after'])).toSatisfy((s: number) => s >= 1 && s <= 60)
      expect(await askAs(node, { ...silent, from: '127.4.0.4' }, { method: 'GET', path: '/api/health' })).toMatchObject(
        {
          status: 200,
        },
      )
    },
  )

  it('a key that asks without end waits, from wherever it asks, and no other key does', async () => {
    const limits = new RequestLimits()
    const told = await (async () => {
      for (let asked = 0; asked < 3100; asked += 1) await limits.countKnown('key 1')
      return undefined
    })().catch((error: unknown) => error)
    expect(told).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterS: expect.any(Number) as number })
    await limits.countKnown('key 2')
  })
})
