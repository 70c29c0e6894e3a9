/** After `outpost mirror init` has made tables: what a node that runs is told, and what is said where it cannot be. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeNodeFile, writeNodeFile } from '../../../adapters/node/node-file.ts'
import { fillOnNode } from '../../../cloud-node/cli/fill-on-node.ts'
import { initInWords } from '../../../cloud-node/cli/mirror-plan-command.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const IDENTITY = { node: 'cloud', chain: 'a' } as const
const GOODS = { collection: 'products', table: 'goods' }
const BUSY = { code: 'MIRROR_UNAVAILABLE', message: 'the mirror is busy' }

let folder: ReturnType<typeof temporaryFolder>
let server: Server
let asked: string[]
let mirror: { name: string; state: string; filling?: { collection: string }[] }
let rebuild: () => { status: number; body?: object }

beforeEach(async () => {
  folder = temporaryFolder()
  asked = []
  mirror = { name: 'outpost', state: 'running' }
  rebuild = () => ({ status: 200, body: { tables: ['goods'] } })
  server = createServer((request, response) => {
    const { url = '', method } = request
    if (method === 'POST') {
      asked.push(url)
      const { status, body } = rebuild()
      if (body) response.writeHead(status).end(JSON.stringify(body))
      else request.socket.destroy()
    } else response.end(JSON.stringify(url === '/api/mirrors' ? [mirror] : { backup: { identity: IDENTITY } }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeNodeFile(folder.path, { node: 'cloud', url, token: 't', pid: process.pid, identity: IDENTITY })
})

afterEach(() => {
  server.close()
  server.closeAllConnections()
  folder.remove()
})

const fill = () => fillOnNode(folder.path, 'outpost', [GOODS])

test('a mirror that is connected is told', async () => {
  expect(await fill()).toEqual([])
  expect(asked).toEqual(['/api/mirrors/outpost/rebuild'])
})

test.each(['starting', 'waiting', 'paused', 'stopped'])('one that is %s fills when it connects', async (state) => {
  mirror.state = state
  expect(await fill()).toEqual([])
  expect(asked).toEqual([])
})

test('one that lost its MySQL when it was told, or whose node ended then, fills when it connects again', async () => {
  rebuild = () => {
    mirror.state = 'waiting'
    return { status: 503, body: BUSY }
  }
  expect(await fill()).toEqual([])
  mirror.state = 'running'
  rebuild = () => {
    removeNodeFile(folder.path)
    return { status: 200 }
  }
  expect(await fill()).toEqual([])
  expect(asked).toHaveLength(2)
})

test('one that has connected again meanwhile fills already', async () => {
  rebuild = () => {
    mirror.filling = [{ collection: 'products' }]
    return { status: 503, body: BUSY }
  }
  expect(await fill()).toEqual([])
})

test('one that has another mapping fills once it is started with this one', async () => {
  rebuild = () => ({ status: 404, body: { code: 'NOT_FOUND', message: 'there is no table "goods"' } })
  expect(await fill()).toEqual([])
})

test('one that goes on without having heard of it is named, with what there is to do', async () => {
  rebuild = () => ({ status: 503, body: BUSY })
  const untold = await fill()
  expect(untold).toEqual([{ ...GOODS, reason: 'the mirror is busy' }])
  const made = {
    host: 'db',
    database: 'shop',
    statements: ['CREATE'],
    findings: [],
    incomplete: ['orders', 'products'],
  }
  expect(initInWords('outpost', { ...made, untold }).split('\n')).toEqual([
    'shop on db: made, in 1 statements',
    'the node writes anew: orders',
    expect.stringMatching(
      /^the node could not be told to write products anew: the mirror is busy; the tables are there.* outpost mirror rebuild --mirror outpost --table goods$/,
    ),
  ])
})
