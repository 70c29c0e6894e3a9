import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import { IDENTITY_SETTINGS } from '../../adapters/sqlite/store-identity.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { alertPlan } from '../../cloud-node/cli/alert-plan.ts'
import { startCloudNode, type CloudNode } from '../../cloud-node/main.ts'
import { openBranchIdentity, type BranchIdentity, type GivenIdentity } from '../../local-node/branch-identity.ts'
import { startBranchNode } from '../../local-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ChainFacts } from '../../schemas/protocol/chain-facts.ts'
import { enrol } from '../../scripts/demo/enrol.ts'
import { temporaryFolder } from '../support/node-process.ts'

/** Nothing is mirrored here. */
const NEVER = { repairUpTo: 0, timeZone: 'UTC' } as const

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

let folder: { path: string; remove: () => void }
let running: CloudNode[]
let cloud: NodeAddress
let dataDir: string
let enrolled: BranchIdentity

beforeEach(async () => {
  folder = temporaryFolder()
  running = []
  cloud = await startCloud('cloud')
  dataDir = join(folder.path, 'branch')
  await enrol(cloud, { id: 'b1', dataDir, cloudUrl: cloud.url })
  enrolled = open()
})

afterEach(async () => {
  await stopClouds()
  folder.remove()
})

async function startCloud(name: string): Promise<NodeAddress> {
  const cloudDir = join(folder.path, name)
  const backup = { folder: join(folder.path, `${name}-backups`) }
  const node = await startCloudNode({
    dataDir: cloudDir,
    declarations: COLLECTIONS,
    port: 0,
    backup,
    reconcile: NEVER,
    alerts: alertPlan({}),
    log: SILENT,
  })
  running.push(node)
  const address = readNodeFile(cloudDir)!
  for (const id of ['b1', 'b2']) await callNode(address, 'POST', '/api/branches', { id, name: id })
  return address
}

async function stopClouds(): Promise<void> {
  for (const node of running.splice(0)) await node.stop()
}

function withStore<T>(work: (store: Store) => T): T {
  const file = join(dataDir, 'store.sqlite')
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: true })
  try {
    return work(store)
  } finally {
    store.close()
  }
}

const open = (given: Partial<GivenIdentity> = {}) =>
  withStore((store) => openBranchIdentity(store, { dataDir, ...given }))

const saved = () => withStore((store) => JSON.parse(store.readSetting(IDENTITY_SETTINGS.branch)!) as ChainFacts)

function save(facts: unknown): void {
  const text = typeof facts === 'string' ? facts : JSON.stringify(facts)
  withStore((store) => store.transaction('test', () => store.writeSetting(IDENTITY_SETTINGS.branch, text)))
}

function saveWithout(...fields: (keyof ChainFacts)[]): void {
  save(Object.fromEntries(Object.entries(saved()).filter(([field]) => !fields.includes(field as keyof ChainFacts))))
}

it('a branch that is enrolled starts without headquarters, as which branch it is and of which headquarters is saved', async () => {
  await stopClouds()
  expect(open()).toEqual(enrolled)
  expect(enrolled).toMatchObject({ facts: { branchId: 'b1' }, cloudUrl: cloud.url })
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
  ])('is refused in words, without any password, and nothing is changed: %s', (_what, cloudUrl) => {
    const refused = errorOf(() => open({ cloudUrl }))
    expect(refused).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'cloud' })
    expect(String(refused)).toMatch(/^(?!.*secret).*looks like https:/)
    expect(open()).toEqual(enrolled)
  })

  it('is refused where the way to it is not encrypted, unless that was asked for by name', () => {
    const cloudUrl = 'http://hq.example.com'
    expect(errorOf(() => open({ cloudUrl }))).toMatchObject({ code: 'UNENCRYPTED', field: 'cloud' })
    expect(open()).toEqual(enrolled)
    expect(open({ cloudUrl, insecureHttp: true }).cloudUrl).toBe(cloudUrl)
  })

  it('may end with a slash, and is kept', () => {
    expect(open({ cloudUrl: `${cloud.url}//` })).toEqual(enrolled)
    expect(open({ cloudUrl: 'https://hq.example.com/outpost/' }).cloudUrl).toBe('https://hq.example.com/outpost')
    expect(open().cloudUrl).toBe('https://hq.example.com/outpost')
  })
})

describe('a branch whose store says less of itself than is needed', () => {
  it.each([
    ['no chain key', () => saveWithout('chainKey')],
    ['no branch', () => saveWithout('branchId')],
    ['no JSON', () => save('{"branchId":')],
  ])('is told to restore a backup where there is %s, as nothing proves whose data it is', async (_what, damage) => {
    damage()
    const refusal = {
      code: 'BAD_CONFIGURATION',
      message: expect.stringContaining('restore its newest backup') as string,
    }
    expect(errorOf(() => open())).toMatchObject(refusal)
    await expect(enrol(cloud, { id: 'b2', dataDir, cloudUrl: cloud.url })).rejects.toMatchObject(refusal)
  })

  it('is told all of it when it is enrolled again', async () => {
    saveWithout('cloudKey', 'country')
    expect(errorOf(() => open())).toMatchObject({ code: 'BAD_CONFIGURATION' })
    await enrol(cloud, { id: 'b1', dataDir, cloudUrl: cloud.url })
    expect(open()).toEqual(enrolled)
  })
})

describe('a branch that is enrolled again', () => {
  it('becomes no other branch', async () => {
    const refusal = { code: 'ENROLMENT_CODE', field: 'code', message: expect.stringContaining('"b1"') as string }
    await expect(enrol(cloud, { id: 'b2', dataDir, cloudUrl: cloud.url })).rejects.toMatchObject(refusal)
    expect(open()).toEqual(enrolled)
  })

  it('takes nothing from another headquarters', async () => {
    await stopClouds()
    const other = await startCloud('other')
    const refusal = { code: 'BAD_CONFIGURATION', field: 'data' }
    await expect(enrol(other, { id: 'b1', dataDir, cloudUrl: other.url })).rejects.toMatchObject(refusal)
    expect(open()).toEqual(enrolled)
  })

  it('takes no other key that decisions are signed with', async () => {
    const facts = { ...saved(), cloudKey: 'another' }
    save(facts)
    const refusal = { code: 'BAD_CONFIGURATION', field: 'data' }
    await expect(enrol(cloud, { id: 'b1', dataDir, cloudUrl: cloud.url })).rejects.toMatchObject(refusal)
    expect(saved()).toEqual(facts)
  })
})

describe('a branch that was never enrolled', () => {
  it.each([
    ['no headquarters', {}],
    ['headquarters', { cloudUrl: 'http://127.0.0.1:1' }],
  ])('makes nothing in its folder for a start with %s', async (_what, given) => {
    const never = join(folder.path, 'never')
    const backup = { folder: join(folder.path, 'never-backups') }
    const options = { dataDir: never, declarations: COLLECTIONS, port: 0, backup, log: SILENT, ...given }
    const message = expect.stringContaining('outpost branch enroll') as string
    await expect(startBranchNode(options)).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'data', message })
    expect(existsSync(never)).toBe(false)
  })

  it('is no branch by having a store', () => {
    dataDir = join(folder.path, 'empty')
    mkdirSync(dataDir)
    const message = expect.stringContaining('outpost branch enroll') as string
    expect(errorOf(() => open())).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'data', message })
  })
})

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was refused')
}

function ignore(): void {
  // The test looks at what is told, not at the log.
}
