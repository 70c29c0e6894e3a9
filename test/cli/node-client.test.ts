import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRunningNode, onNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile, removeNodeFile, writeNodeFile } from '../../adapters/node/node-file.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import { temporaryFolder } from '../support/node-process.ts'

const NORTH: StoreIdentity = { node: 'branch', branchId: 'north', chain: 'a' }

let folder: { path: string; remove: () => void }
let server: Server
let answer: object
let shown: string | undefined

beforeEach(async () => {
  folder = temporaryFolder()
  server = createServer((request, response) => {
    shown = request.headers.authorization
    response.end(JSON.stringify(answer))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeNodeFile(folder.path, { node: 'branch', url, token: 'of-the-node', pid: process.pid, identity: NORTH })
})

afterEach(() => {
  server.close()
  server.closeAllConnections()
  folder.remove()
})

describe('the running node of a data folder', () => {
  it('is the one that answers at its address', async () => {
    answer = statusOf(NORTH)
    expect(await findRunningNode(folder.path)).toMatchObject({ identity: NORTH })
    expect(shown).toBe('Bearer of-the-node')
  })

  it.each([
    ['another branch', statusOf({ ...NORTH, branchId: 'south' })],
    ['the same branch of another chain', statusOf({ ...NORTH, chain: 'b' })],
    ['headquarters', statusOf({ node: 'cloud', chain: 'a' })],
    ['something else', { hello: 'world' }],
  ])('is none when %s answers at the address that it had', async (_who, status) => {
    answer = status
    expect(await findRunningNode(folder.path)).toBe(undefined)
  })
})

describe('a command on a data folder', () => {
  const locked = new OutpostError('STORE_LOCKED', 'another process has it open')
  const running = () => Promise.resolve('running')

  beforeEach(() => {
    answer = statusOf(NORTH)
  })

  it('asks the node that runs, and opens nothing', async () => {
    expect(await onNode(folder.path, running, () => Promise.reject(locked))).toBe('running')
  })

  it('opens the store of one that is stopped', async () => {
    removeNodeFile(folder.path)
    expect(await onNode(folder.path, running, () => Promise.resolve('stopped'))).toBe('stopped')
    const lost = new OutpostError('STORE_LOST', 'it is gone')
    await expect(onNode(folder.path, running, () => Promise.reject(lost))).rejects.toBe(lost)
  })

  it('waits for one that has its store and does not say yet where it answers', async () => {
    const file = readNodeFile(folder.path)!
    removeNodeFile(folder.path)
    let tries = 0
    const opening = () => {
      if (++tries === 2) writeNodeFile(folder.path, file)
      return Promise.reject(locked)
    }
    expect(await onNode(folder.path, running, opening)).toBe('running')
    expect(tries).toBe(2)
  })

  it('says in the end that the node is starting, and ends when it is told to', async () => {
    removeNodeFile(folder.path)
    const opening = () => Promise.reject(locked)
    const refused = { code: 'NODE_STARTING', cause: locked }
    await expect(onNode(folder.path, running, opening, { waitMs: 0 })).rejects.toMatchObject(refused)
    const signal = AbortSignal.abort()
    await expect(onNode(folder.path, running, opening, { signal })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

function statusOf(identity: StoreIdentity): object {
  return { node: identity.node, backup: { state: 'off', identity, folder: '/' } }
}
