import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRunningNode } from '../../adapters/cli/node-client.ts'
import { writeNodeFile } from '../../adapters/node/node-file.ts'
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

function statusOf(identity: StoreIdentity): object {
  return { node: identity.node, backup: { state: 'off', identity, folder: '/' } }
}
