import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IDENTITY_SETTINGS } from '../../adapters/sqlite/store-identity.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { startCloudNode, type CloudNode } from '../../cloud-node/main.ts'
import { openBranchIdentity, type BranchIdentity } from '../../local-node/branch-identity.ts'
import { startBranchNode } from '../../local-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ChainFacts } from '../../schemas/protocol/chain-facts.ts'
import { temporaryFolder } from '../support/node-process.ts'

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

let folder: { path: string; remove: () => void }
let clouds: CloudNode[]
let cloud: CloudNode
let store: Store
let joined: BranchIdentity

beforeEach(async () => {
  folder = temporaryFolder()
  clouds = []
  cloud = await startCloud('cloud')
  store = new Store({ file: join(folder.path, 'branch.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  joined = await open({ branchId: 'b1', cloudUrl: cloud.url })
})

afterEach(async () => {
  store.close()
  for (const node of clouds) await node.stop()
  folder.remove()
})

async function startCloud(name: string): Promise<CloudNode> {
  const node = await openCloud(name)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ id: 'b1', name: 'North' })
  const added = await fetch(`${node.url}/api/branches`, { method: 'POST', headers, body })
  expect(added.ok).toBe(true)
  return node
}

async function openCloud(name: string): Promise<CloudNode> {
  const dataDir = join(folder.path, name)
  const backup = { folder: join(folder.path, `${name}-backups`) }
  const node = await startCloudNode({ dataDir, declarations: COLLECTIONS, port: 0, backup, log: SILENT })
  clouds.push(node)
  return node
}

async function stopCloud(): Promise<void> {
  clouds = clouds.filter((node) => node !== cloud)
  await cloud.stop()
}

function open(given: { branchId?: string; cloudUrl?: string } = {}): Promise<BranchIdentity> {
  return openBranchIdentity(store, { dataDir: 'the folder', ...given })
}

const saved = () => JSON.parse(store.readSetting(IDENTITY_SETTINGS.branch)!) as ChainFacts

function save(facts: unknown): void {
  const text = typeof facts === 'string' ? facts : JSON.stringify(facts)
  store.transaction('test', () => store.writeSetting(IDENTITY_SETTINGS.branch, text))
}

function saveWithout(...fields: (keyof ChainFacts)[]): void {
  save(Object.fromEntries(Object.entries(saved()).filter(([field]) => !fields.includes(field as keyof ChainFacts))))
}

describe('a branch that has joined', () => {
  it('starts without headquarters, as which branch it is and of which headquarters is saved', async () => {
    await stopCloud()
    expect(await open()).toEqual(joined)
    await expect(open({ branchId: 'b2' })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'branch' })
  })
})

describe('the address of headquarters', () => {
  it.each([
    ['no address', 'north'],
    ['no address of a page', 'ftp://127.0.0.1:7700'],
    ['an address with a password', 'http://boss:secret@127.0.0.1:7700'],
    ['no address and a password', 'boss:secret@127.0.0.1'],
    ['an address with a user', 'http://boss@127.0.0.1:7700'],
    ['an address with a query', 'http://127.0.0.1:7700/?branch=b1'],
    ['an address with an empty query', 'http://127.0.0.1:7700/?'],
    ['an address with a fragment', 'http://127.0.0.1:7700/#branches'],
  ])('is refused in words, without any password, and nothing is changed: %s', async (_what, cloudUrl) => {
    const refused = open({ cloudUrl })
    await expect(refused).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'cloud' })
    await expect(refused).rejects.toThrow(/^(?!.*secret).*looks like http:/)
    expect(await open()).toEqual(joined)
  })

  it('may end with a slash', async () => {
    expect(await open({ cloudUrl: `${cloud.url}//` })).toEqual(joined)
  })
})

describe('a branch whose store was made by a version that saved less', () => {
  it('asks headquarters again, keeps what it is told, and needs to ask no more', async () => {
    saveWithout('cloudKey', 'country')
    expect(await open()).toEqual(joined)
    await stopCloud()
    expect(await open()).toEqual(joined)
  })

  it('says what is missing and what to do where headquarters cannot be reached, and starts once it can', async () => {
    saveWithout('cloudKey')
    await stopCloud()
    await expect(open()).rejects.toMatchObject({
      code: 'LINK_FAILED',
      message: expect.stringMatching(/cannot be reached; the folder lacks cloudKey, .* start again/) as string,
    })
    cloud = await openCloud('cloud')
    expect((await open({ cloudUrl: cloud.url })).facts).toEqual(joined.facts)
  })

  it('takes nothing from another headquarters', async () => {
    saveWithout('cloudKey')
    await stopCloud()
    cloud = await startCloud('other')
    const before = saved()
    const refusal = { code: 'BAD_CONFIGURATION', field: 'cloud', message: expect.stringContaining('--cloud') as string }
    await expect(open({ cloudUrl: cloud.url })).rejects.toMatchObject(refusal)
    expect(saved()).toEqual(before)
    await stopCloud()
    cloud = await openCloud('cloud')
    expect((await open({ cloudUrl: cloud.url })).facts).toEqual(joined.facts)
  })

  it('takes no other key that decisions are signed with', async () => {
    saveWithout('country')
    save({ ...saved(), cloudKey: 'another' })
    await expect(open()).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'cloud' })
  })

  it.each([
    ['no chain key', () => saveWithout('chainKey')],
    ['no branch', () => saveWithout('branchId')],
    ['no JSON', () => save('{"branchId":')],
  ])('is told to restore a backup where there is %s, as nothing proves whose data it is', async (_what, damage) => {
    damage()
    const message = expect.stringContaining('restore its newest backup') as string
    await expect(open({ branchId: 'b1' })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', message })
  })
})

describe('a branch that has never joined', () => {
  it('is told that it must reach headquarters once', async () => {
    await stopCloud()
    const empty = new Store({ file: join(folder.path, 'new.sqlite'), declarations: COLLECTIONS, tracksPending: true })
    const given = { dataDir: 'the folder', branchId: 'b1', cloudUrl: cloud.url }
    const message = expect.stringMatching(/cannot be reached; .* for the first time must reach it once/) as string
    await expect(openBranchIdentity(empty, given)).rejects.toMatchObject({ code: 'LINK_FAILED', message })
    empty.close()
  })

  it.each([
    ['no branch', {}, 'branch'],
    ['no headquarters', { branchId: 'b1' }, 'cloud'],
    ['an address with a password', { branchId: 'b1', cloudUrl: 'http://user:secret@127.0.0.1:1' }, 'cloud'],
  ])('makes nothing in its folder for a start with %s', async (_what, given, field) => {
    const dataDir = join(folder.path, 'never')
    const backup = { folder: join(folder.path, 'never-backups') }
    const options = { dataDir, declarations: COLLECTIONS, port: 0, backup, log: SILENT, ...given }
    await expect(startBranchNode(options)).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field })
    expect(existsSync(dataDir)).toBe(false)
  })
})

function ignore(): void {
  // The test looks at what is told, not at the log.
}
