import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { readEvents } from '../../../adapters/http/read-events.ts'
import { NOT_DONE, RouteTable, type OpenStream } from '../../../adapters/http/route-table.ts'
import {
  permissionOf,
  type Access,
  type AccountRole,
  type Permission,
  type Principal,
  type StaffRole,
} from '../../../schemas/access.ts'
import type { ErrorBody } from '../../../schemas/outpost-error.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { COMMAND, DEVICE, guardOf, NOBODY, programOf, type TestGuard } from '../../support/guard-of.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(guard: TestGuard, add: (routes: RouteTable) => void): Promise<string> {
  const app = createApp(SILENT)
  add(new RouteTable(app, guard))
  addErrorHandling(app, SILENT)
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Answer {
  readonly status: number
  readonly body: ErrorBody & Record<string, unknown>
}

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

const post = (body: string | Buffer, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

const staff = (role: StaffRole): Principal => ({
  ...(DEVICE as Extract<Principal, { kind: 'device' }>),
  staff: { id: 's-1', name: 'Li', role },
})
const account = (role: AccountRole): Principal => ({ kind: 'account', id: 'a-1', name: 'Wu', role })

/** Everybody that there is. */
const EVERYBODY = {
  nobody: NOBODY,
  command: COMMAND,
  branch: { kind: 'branch', branchId: 'b1', keyId: 'k', bodyHash: '' },
  program: programOf('b1'),
  device: DEVICE,
  cashier: staff('cashier'),
  manager: staff('manager'),
  viewer: account('viewer'),
  operator: account('operator'),
  administrator: account('administrator'),
} satisfies Record<string, Principal>

type Who = keyof typeof EVERYBODY

/** Of each address: who may, and who is asked who they are. All others are forbidden. */
const PERMISSIONS: Readonly<Record<Access, { readonly granted: readonly Who[]; readonly unknown: readonly Who[] }>> = {
  open: { granted: Object.keys(EVERYBODY) as Who[], unknown: [] },
  branch: { granted: ['branch'], unknown: ['nobody'] },
  client: { granted: ['branch', 'program', 'device', 'cashier', 'manager'], unknown: ['nobody'] },
  device: { granted: ['command', 'device', 'cashier', 'manager'], unknown: ['nobody'] },
  cashier: { granted: ['command', 'cashier', 'manager'], unknown: ['nobody', 'device'] },
  manager: { granted: ['command', 'manager'], unknown: ['nobody', 'device'] },
  viewer: { granted: ['command', 'viewer', 'operator', 'administrator'], unknown: ['nobody'] },
  operator: { granted: ['command', 'operator', 'administrator'], unknown: ['nobody'] },
  administrator: { granted: ['command', 'administrator'], unknown: ['nobody'] },
  command: { granted: ['command'], unknown: ['nobody'] },
}

describe.each(Object.keys(PERMISSIONS) as Access[])('an address for %s', (access) => {
  it.each(Object.keys(EVERYBODY) as Who[])('is answered to %s as the table says', async (who) => {
    const { granted, unknown } = PERMISSIONS[access]
    const permission: Permission = granted.includes(who) ? 'granted' : unknown.includes(who) ? 'unknown' : 'forbidden'
    expect(permissionOf(access, EVERYBODY[who])).toBe(permission)
    const url = await serve(guardOf(EVERYBODY[who]), (routes) => {
      routes.add({ method: 'GET', path: '/look', access, about: 'Looks.' }, () => ({ seen: true }))
    })
    const { status, body } = await ask(`${url}/look`)
    if (permission === 'granted') return expect(body).toEqual({ seen: true })
    expect(status).toBe(permission === 'unknown' ? 401 : 403)
    const atBranch = access === 'device' || access === 'cashier' || access === 'manager'
    const proves = access === 'branch' || access === 'client' || access === 'command'
    const stranger = atBranch && EVERYBODY[who].kind === 'nobody' ? 'NOT_PAIRED' : 'LOGIN_NEEDED'
    const code = permission === 'forbidden' ? 'FORBIDDEN' : proves ? 'UNAUTHENTICATED' : stranger
    expect(body).toEqual({ code, message: expect.any(String) as string, requestId: expect.any(String) as string })
  })
})

const bodySpec = {
  method: 'POST',
  path: '/say/:id',
  access: 'operator',
  about: 'Says.',
  params: z.object({ id: z.string().max(8) }),
  query: z.strictObject({ times: z.coerce.number().int().max(9).default(1) }),
  body: z.strictObject({ word: z.string().default('nothing'), dryRun: z.boolean().default(false) }),
  status: 201,
  audit: 'said something',
} as const

function addSay(routes: RouteTable): void {
  routes.add(bodySpec, ({ params, query, body, principal }) => {
    if (body.word === 'refuse') throw new OutpostError('NOT_FOUND', 'there is no such word')
    if (body.word === 'fail') throw new Error('13800138000')
    return { ...params, ...query, word: body.word, by: principal.kind }
  })
}

describe('a request', () => {
  it('reaches the handler with all of its parts parsed, and is noted when it was done', async () => {
    const guard = guardOf(COMMAND)
    const url = await serve(guard, addSay)
    const said = await ask(`${url}/say/x?times=3`, post('{"word":"tea"}'))
    expect(said).toEqual({ status: 201, body: { id: 'x', times: 3, word: 'tea', by: 'command' } })
    expect(await ask(`${url}/say/x`, { method: 'POST' })).toMatchObject({ body: { times: 1, word: 'nothing' } })
    expect(guard.done).toEqual(['said something', 'said something'])
  })

  it('is not noted as done when it was not: refused, failed, a dry run', async () => {
    const guard = guardOf(COMMAND)
    const url = await serve(guard, addSay)
    for (const body of ['{"word":"refuse"}', '{"word":"fail"}', '{"dryRun":true}', '{"word":1}']) {
      await ask(`${url}/say/x`, post(body))
    }
    expect(guard.done).toEqual([])
  })

  it('is answered before its body ends when it may not ask', async () => {
    const url = await serve(guardOf(NOBODY), addSay)
    const endless = request(`${url}/say/x`, { method: 'POST', headers: { 'content-type': 'application/json' } })
    endless.on('error', () => undefined)
    endless.write('{"word":"')
    const [response] = (await once(endless, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
    expect(response.statusCode).toBe(401)
    expect(await json(response)).toMatchObject({ code: 'LOGIN_NEEDED' })
    endless.destroy()
  })

  it.each([
    ['no JSON', post('{"word":'), 400, 'BAD_REQUEST'],
    ['a bad type', post('{"word":13800138000}'), 400, 'BAD_REQUEST'],
    ['a field that means nothing', post('{"dryrun":true}'), 400, 'BAD_REQUEST'],
    ['no UTF-8', post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'BAD_REQUEST'],
    ['deep nesting', post('['.repeat(70) + ']'.repeat(70)), 400, 'BAD_REQUEST'],
    ['a million values', post(`[${'0,'.repeat(1_000_000)}0]`), 413, 'BODY_TOO_LARGE'],
    ['a huge string', post(`{"word":"${'x'.repeat(2 ** 20 + 1)}"}`), 413, 'BODY_TOO_LARGE'],
    ['a name that all objects inherit by', post('{"__proto__":{"word":"x"}}'), 400, 'BAD_REQUEST'],
    ['another content type', post('word=x', { 'content-type': 'text/plain' }), 400, 'BAD_REQUEST'],
    ['an unknown encoding', post('{}', { 'content-encoding': 'zstd' }), 400, 'BAD_REQUEST'],
    ['an encoding that it is not in', post('{}', { 'content-encoding': 'gzip' }), 400, 'BAD_REQUEST'],
    ['a zip bomb', post(gzipSync(Buffer.alloc(2 ** 25, 0x20)), { 'content-encoding': 'gzip' }), 413, 'BODY_TOO_LARGE'],
  ])('with a body of %s is refused in the one shape', async (_what, init, status, code) => {
    const guard = guardOf(COMMAND)
    const url = await serve(guard, addSay)
    const answer = await ask(`${url}/say/x`, init)
    expect(answer).toMatchObject({ status, body: { code, requestId: expect.any(String) as string } })
    expect(guard.done).toEqual([])
  })

  it.each([
    ['a parameter', '/say/much-too-long', 'id'],
    ['a query', '/say/x?times=10', 'times'],
    ['a query twice', '/say/x?times=1&times=2', 'times'],
    ['an unknown query', '/say/x?tims=1', 'tims'],
  ])('with %s that is wrong is told which', async (_what, path, field) => {
    const url = await serve(guardOf(COMMAND), addSay)
    expect(await ask(url + path, { method: 'POST' })).toMatchObject({ status: 400, body: { field } })
  })

  it('is told nothing of what it has sent: it may be a phone', async () => {
    const url = await serve(guardOf(COMMAND), addSay)
    const phone = '13800138000'
    for (const [path, body] of [
      ['/say/x', `{"word":${phone}}`],
      ['/say/x', `{"${phone}":1}`],
      ['/say/x', `{"word":"fail"}`],
      ['/say/x', `{"word":"${phone}`],
      [`/say/x?${phone}=1`, '{}'],
      [`/say/${phone}`, '{}'],
      [`/said/${phone}`, '{}'],
    ] as const) {
      const { status, body: answer } = await ask(url + path, post(body))
      expect(status).toBeGreaterThanOrEqual(400)
      expect(JSON.stringify({ ...answer, requestId: '' })).not.toContain(phone)
    }
  })

  it('of somebody whom nobody knows may have a small body only', async () => {
    const url = await serve(guardOf(NOBODY), (routes) => {
      routes.add({ ...bodySpec, access: 'open' }, ({ body }) => ({ length: body.word.length }))
    })
    expect(await ask(`${url}/say/x`, post(`{"word":"${'x'.repeat(60_000)}"}`))).toMatchObject({ status: 201 })
    expect(await ask(`${url}/say/x`, post(`{"word":"${'x'.repeat(70_000)}"}`))).toMatchObject({ status: 413 })
  })

  it('that may be tried again later says when', async () => {
    const url = await serve(guardOf(NOBODY), (routes) => {
      routes.add({ method: 'GET', path: '/look', access: 'open', about: 'Looks.' }, () => {
        throw new OutpostError('TOO_MANY_REQUESTS', 'too much', { retryAfterS: 1.2 })
      })
    })
    const response = await fetch(`${url}/look`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2'])
  })
})

describe('a signed body', () => {
  const signedAs = (bodyHash: string): Principal => ({ kind: 'branch', branchId: 'b1', keyId: 'k', bodyHash })
  const EMPTY_OBJECT = 'RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o'
  const spec = { ...bodySpec, access: 'branch' } as const

  it('is taken as it was signed, and refused otherwise', async () => {
    const url = await serve(guardOf(signedAs(EMPTY_OBJECT)), (routes) => routes.add(spec, () => ({ ok: true })))
    expect(await ask(`${url}/say/x`, post('{}'))).toMatchObject({ status: 201 })
    const tampered = await ask(`${url}/say/x`, post('{ }'))
    expect(tampered).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED', field: 'body' } })
  })
})

describe('other methods', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is nothing that a node answers to', async (method) => {
    const url = await serve(guardOf(COMMAND), addSay)
    const asked = request(`${url}/say/x`, { method }).end()
    const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
    expect([response.statusCode, await json(response)]).toMatchObject([404, { code: 'NOT_FOUND' }])
  })

  it('HEAD tells what GET would, for whoever may ask, and ends for a stream', async () => {
    const addLook = (routes: RouteTable) => {
      const look = { method: 'GET', access: 'viewer', about: 'Looks.' } as const
      routes.add({ ...look, path: '/look' }, () => ({ seen: true }))
      routes.add({ ...look, path: '/stream', streams: true }, ({ openStream }) => void openStream(() => undefined))
    }
    const url = await serve(guardOf(account('viewer')), addLook)
    const statusOf = async (path: string, base = url) => (await fetch(base + path, { method: 'HEAD' })).status
    expect([await statusOf('/look'), await statusOf('/stream')]).toEqual([200, 404])
    expect(await statusOf('/look', await serve(guardOf(NOBODY), addLook))).toBe(401)
  })
})

describe('a stream', () => {
  const spec = { method: 'GET', path: '/stream', access: 'viewer', about: 'Streams.', streams: true } as const

  it('ends before the next event once whoever opened it may not come any more', async () => {
    let isAdmitted = true
    let stream: ReturnType<OpenStream> | undefined
    let closed = 0
    const guard = guardOf(account('viewer'), () => isAdmitted)
    const url = await serve(guard, (routes) => {
      routes.add(spec, ({ openStream }) => {
        stream = openStream(() => (closed += 1))
        stream.send({ number: 1 })
      })
    })
    const events = readEvents(await fetch(`${url}/stream`))
    expect(await events.next()).toEqual({ done: false, value: { number: 1 } })
    isAdmitted = false
    stream!.send({ number: 2 })
    expect(await events.next()).toMatchObject({ done: true })
    stream!.send({ number: 3 })
    expect(closed).toBe(1)
  })

  it('that has told that it failed is not noted as done', async () => {
    const guard = guardOf(COMMAND)
    const url = await serve(guard, (routes) => {
      for (const [path, answer] of [
        ['/failed', NOT_DONE],
        ['/done', undefined],
      ] as const) {
        routes.add({ ...spec, path, audit: path }, ({ openStream }) => {
          openStream(() => undefined).end()
          return answer
        })
      }
    })
    for (const path of ['/failed', '/done']) await (await fetch(url + path)).text()
    expect(guard.done).toEqual(['/done'])
  })
})

const nothing = () => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
