import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { restoreStore, type RestoreOptions } from '../../../adapters/node/restore-store.ts'
import { backUp } from '../../../adapters/sqlite/backup.ts'
import { writeNodeFile } from '../../../adapters/node/node-file.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)
const NORTH = { branchId: 'north', chainKey: 'one' }

let folder: { path: string; remove: () => void }
let open: Store[]
let owners: (() => Promise<void>)[]

beforeEach(() => {
  folder = temporaryFolder()
  open = []
  owners = []
})

afterEach(async () => {
  for (const kill of owners) await kill()
  for (const store of open) store.close()
  folder.remove()
})

describe('a restore', () => {
  it('puts the backup in the place of the store, which is kept whole beside it', async () => {
    const { file, store, position } = await backedUp()
    put(store, 'lost')
    const lost = store.head()
    store.close()
    const done = await restore({ file })
    const replaced = join(folder.path, 'data/store.sqlite.replaced-20260102T030405Z')
    expect(done).toMatchObject({ store: store.file, replaced, damaged: false, facts: { seq: position.seq } })
    expect(inData()).toEqual(['store.sqlite', 'store.sqlite.replaced-20260102T030405Z'])
    expect(statSync(store.file).mode & 0o777).toBe(0o600)
    const restored = openStore('data')
    expect([restored.countLive('products'), restored.knowsPosition(position)]).toEqual([1, true])
    expect(restored.knowsPosition(lost)).toBe(false)
    expect(restored.epoch).not.toBe(store.epoch)
    put(restored, 'new')
    expect(new Store({ ...STORE, file: replaced }).countLive('products')).toBe(2)
    // The backup is there for another time.
    expect(existsSync(file)).toBe(true)
  })

  it('merges the log of a store whose node was killed into the store that is kept', async () => {
    const { file, store } = await backedUp()
    put(store, 'only in the log')
    const other = join(folder.path, 'killed')
    mkdirSync(other)
    // As a killed process leaves them.
    for (const end of ['', '-wal']) copyFileSync(`${store.file}${end}`, join(other, `store.sqlite${end}`))
    expect(statSync(join(other, 'store.sqlite-wal')).size).toBeGreaterThan(0)
    const done = await restore({ file, dataDir: other })
    expect(readdirSync(other)).toHaveLength(2)
    expect(new Store({ ...STORE, file: done!.replaced! }).countLive('products')).toBe(2)
    expect(openStore('killed').countLive('products')).toBe(1)
  })

  it('makes the data folder of a new PC', async () => {
    const { file } = await backedUp()
    const done = await restore({ file, dataDir: join(folder.path, 'new/pc') })
    expect(done).not.toHaveProperty('replaced')
    expect(readdirSync(join(folder.path, 'new/pc'))).toEqual(['store.sqlite'])
    expect(openStore('new/pc').countLive('products')).toBe(1)
  })

  it('replaces a damaged store, and keeps it as it is', async () => {
    const { file } = await backedUp()
    const other = join(folder.path, 'damaged')
    mkdirSync(other)
    writeFileSync(join(other, 'store.sqlite'), 'no longer a store')
    writeFileSync(join(other, 'store.sqlite-wal'), 'a log')
    const done = await restore({ file, dataDir: other })
    expect(done).toMatchObject({ damaged: true })
    expect(readFileSync(done!.replaced!, 'utf8')).toBe('no longer a store')
    expect(readFileSync(`${done!.replaced!}-wal`, 'utf8')).toBe('a log')
    expect(openStore('damaged').countLive('products')).toBe(1)
  })

  it('can be undone by restoring what was replaced', async () => {
    const { file, store } = await backedUp()
    put(store, 'later')
    store.close()
    const { replaced } = (await restore({ file }))!
    await restore({ file: replaced! })
    expect(inData()).toHaveLength(3)
    expect(openStore('data').countLive('products')).toBe(2)
  })

  it.each<[string, string, (file: string, store: Store) => Partial<RestoreOptions>]>([
    ['while a node runs', 'STORE_LOCKED', () => ({})],
    ['of no file', 'BACKUP_INVALID', (_file, store) => (store.close(), { file: 'nowhere.sqlite' })],
    ['of a folder', 'BACKUP_INVALID', (_file, store) => (store.close(), { file: folder.path })],
    ['of the store itself', 'BACKUP_INVALID', (_file, store) => (store.close(), { file: store.file })],
    ['of a damaged backup', 'BACKUP_INVALID', (file, store) => (store.close(), { file: damaged(file) })],
    ['of a store without a node', 'BACKUP_INVALID', (_file, store) => (store.close(), { file: nobodys() })],
    ['into another branch', 'BACKUP_FOREIGN', (file, store) => (become(store, { ...NORTH, branchId: 's' }), { file })],
    ['into another chain', 'BACKUP_FOREIGN', (file, store) => (become(store, { ...NORTH, chainKey: 'two' }), { file })],
    ['when the answer is an error', 'BACKUP_FAILED', (_file, store) => (store.close(), { confirm: refuse })],
  ])('%s is refused and changes nothing', async (_what, code, prepare) => {
    const { file, store } = await backedUp()
    const options = prepare(file, store)
    const before = inData().map((name) => [name, readFileSync(join(folder.path, 'data', name), 'base64')])
    await expect(restore({ file, ...options })).rejects.toMatchObject({ code })
    expect(inData().map((name) => [name, readFileSync(join(folder.path, 'data', name), 'base64')])).toEqual(before)
  })

  it('into the store of the other kind of node is refused', async () => {
    const { file } = await backedUp()
    const cloud = openStore('cloud', false)
    cloud.writeSetting('chain', JSON.stringify({ key: 'one' }))
    cloud.close()
    await expect(restore({ file, dataDir: join(folder.path, 'cloud') })).rejects.toMatchObject({
      code: 'BACKUP_FOREIGN',
      message: expect.stringMatching(/branch "north".*headquarters/) as string,
    })
  })

  it('of a link to a store with a log is refused, since the log would be missing', async () => {
    const { store } = await backedUp()
    const link = join(folder.path, 'link.sqlite')
    symlinkSync(store.file, link)
    await expect(restore({ file: link, dataDir: join(folder.path, 'new') })).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: expect.stringContaining('has a log beside it') as string,
    })
    expect(existsSync(join(folder.path, 'new'))).toBe(false)
  })

  it('of a backup with a rollback journal is refused, since SQLite would want to roll it back', async () => {
    const { file, store } = await backedUp()
    store.close()
    writeFileSync(`${file}-journal`, 'half a transaction')
    await expect(restore({ file })).rejects.toMatchObject({ code: 'BACKUP_INVALID' })
  })

  it.each([
    ['link', symlinkSync],
    ['second name', linkSync],
  ])('of the store itself by a %s is refused', async (_what, link) => {
    const { store } = await backedUp()
    store.close()
    const other = join(folder.path, 'other.sqlite')
    link(store.file, other)
    await expect(restore({ file: other })).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: expect.stringContaining('is the store itself') as string,
    })
  })

  it('of the second name that a cut off restore has left of a living store is refused', async () => {
    const { store } = await backedUp()
    linkSync(store.file, `${store.file}.replaced-20260101T000000Z`)
    const file = `${store.file}.replaced-20260101T000000Z`
    await expect(restore({ file, dataDir: join(folder.path, 'new') })).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: expect.stringContaining('store.sqlite has a log') as string,
    })
  })

  it('of a link to a backup is one of the backup', async () => {
    const { file, store } = await backedUp()
    store.close()
    symlinkSync(file, join(folder.path, 'link.sqlite'))
    expect(await restore({ file: join(folder.path, 'link.sqlite') })).toMatchObject({ damaged: false })
  })

  it('replaces the store that a link in the data folder names, and keeps the link', async () => {
    const { file, store } = await backedUp()
    put(store, 'later')
    store.close()
    const linked = join(folder.path, 'linked')
    mkdirSync(linked)
    symlinkSync(store.file, join(linked, 'store.sqlite'))
    expect(await restore({ file, dataDir: linked })).toMatchObject({ store: store.file })
    expect(readdirSync(linked)).toEqual(['store.sqlite'])
    expect(openStore('linked').countLive('products')).toBe(1)
  })

  it('where the store is a link to a disk that is not there is refused', async () => {
    const { file } = await backedUp()
    const other = join(folder.path, 'other')
    mkdirSync(other)
    symlinkSync(join(folder.path, 'unmounted/store.sqlite'), join(other, 'store.sqlite'))
    await expect(restore({ file, dataDir: other })).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(readdirSync(other)).toEqual(['store.sqlite'])
  })

  it('keeps its copy to its owner from the first byte on, whatever the rights of the backup', async () => {
    const { file, store } = await backedUp()
    store.close()
    chmodSync(file, 0o644)
    const copy = join(folder.path, 'data/store.sqlite.restoring')
    const seen = new Set<number>()
    const looking = new AbortController()
    const looked = (async () => {
      while (!looking.signal.aborted) {
        const stats = statSync(copy, { throwIfNoEntry: false })
        if (stats) seen.add(stats.mode & 0o777)
        await turn()
      }
    })()
    await restore({ file })
    looking.abort()
    await looked
    expect([...seen]).toEqual([0o600])
  })

  it('says that the store was replaced when only the disk’s confirmation is missing', async () => {
    const { file, store } = await backedUp()
    put(store, 'later')
    store.close()
    const syncFolder = () => Promise.reject(new Error('the disk has gone'))
    await expect(restore({ file, syncFolder })).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/was replaced.*store\.sqlite\.replaced-.*power cut.*the disk has gone/) as string,
    })
    expect(openStore('data').countLive('products')).toBe(1)
  })

  it('is refused while a node runs on a store whose beginning is damaged', async () => {
    const { file, store } = await backedUp()
    store.close()
    const node = await startOwner(store.file)
    loseHeader(store.file)
    const before = inData()
    await expect(restore({ file })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    expect(inData()).toEqual(before)
    await node.kill()
    expect(await restore({ file })).toMatchObject({ damaged: true })
  })

  it.each(['damaged', 'missing'])('is refused while the process of a node is alive whose store is %s', async (what) => {
    const { file } = await backedUp()
    const other = join(folder.path, 'other')
    mkdirSync(other)
    if (what === 'damaged') writeFileSync(join(other, 'store.sqlite'), 'no longer a store')
    const identity = { node: 'branch', branchId: 'north', chain: '0' } as const
    const of = (pid: number) =>
      writeNodeFile(other, { node: 'branch', url: 'http://127.0.0.1:9', token: '', pid, identity })
    of(process.pid)
    await expect(restore({ file, dataDir: other })).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(ended, 'close')
    of(ended.pid!)
    expect(await restore({ file, dataDir: other })).toMatchObject({ damaged: what === 'damaged' })
  })

  it('holds the lock of a damaged store until it is replaced', async () => {
    const { file, store } = await backedUp()
    const other = join(folder.path, 'other')
    mkdirSync(other)
    // A log may hold what the file has lost, so that a node could start on it.
    for (const end of ['', '-wal']) copyFileSync(`${store.file}${end}`, join(other, `store.sqlite${end}`))
    loseHeader(join(other, 'store.sqlite'))
    let locked: unknown
    const confirm = async () => {
      locked = await startOwner(join(other, 'store.sqlite')).catch((error: unknown) => error)
      return true
    }
    await restore({ file, dataDir: other, confirm })
    expect(locked).toMatchObject({ message: expect.stringContaining('SQLITE_BUSY') as string })
    expect(readdirSync(other).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  it('that nobody confirms changes nothing and makes no folder', async () => {
    const { file } = await backedUp()
    expect(await restore({ file, dataDir: join(folder.path, 'new'), confirm: () => Promise.resolve(false) })).toBe(
      undefined,
    )
    expect(existsSync(join(folder.path, 'new'))).toBe(false)
  })
})

const STORE = { declarations: COLLECTIONS, tracksPending: true }

/** A branch's store with one product, and its backup. */
async function backedUp() {
  const store = openStore('data')
  store.writeSetting('chain-facts', JSON.stringify(NORTH))
  put(store, 'p1')
  const position = store.head()
  const { file } = await backUp({ source: store, file: join(folder.path, 'backup.sqlite') })
  return { store, file, position }
}

function restore(options: Partial<RestoreOptions> & { file: string }) {
  const confirm = () => Promise.resolve(true)
  return restoreStore({ dataDir: join(folder.path, 'data'), nowMs: NOW_MS, confirm, ...options })
}

function openStore(name: string, tracksPending = true): Store {
  mkdirSync(join(folder.path, name), { recursive: true })
  const store = new Store({ ...STORE, tracksPending, file: join(folder.path, name, 'store.sqlite') })
  open.push(store)
  return store
}

function put(store: Store, id: string): void {
  const local = { _rev: '1-x', _meta: { lwt: 1 }, _attachments: {}, _deleted: false }
  const doc: Doc = { id, name: id, price: 1, currency: 'CNY', clock: { r: {} }, ...local }
  store.transaction('test', (write) => store.table('products').put(write, doc, { state: 1, origin: '' }))
}

function loseHeader(file: string): void {
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(16), 0, 16, 0)
  closeSync(handle)
}

/** Another process that has the file open as a node has it. */
async function startOwner(file: string): Promise<{ kill: () => Promise<void> }> {
  const script = `
    import Database from 'better-sqlite3'
    const db = new Database(${JSON.stringify(file)}, { timeout: 0 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN IMMEDIATE; COMMIT')
    console.log('open')
    setInterval(() => undefined, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [said] = (await Promise.race([once(owner.stdout, 'data'), text(owner.stderr).then((error) => [error])])) as [
    unknown,
  ]
  if (String(said) !== 'open\n') throw new Error(String(said))
  const kill = async () => {
    if (owner.exitCode !== null || owner.signalCode !== null) return
    owner.kill('SIGKILL')
    await once(owner, 'exit')
  }
  owners.push(kill)
  return { kill }
}

function become(store: Store, facts: object): void {
  store.writeSetting('chain-facts', JSON.stringify(facts))
  store.close()
}

function damaged(file: string): string {
  const copy = join(folder.path, 'damaged.sqlite')
  writeFileSync(copy, readFileSync(file).subarray(0, 20_000))
  return copy
}

function nobodys(): string {
  const store = openStore('nobody')
  store.close()
  return store.file
}

function refuse(): Promise<boolean> {
  return Promise.reject(new Error('no'))
}

function inData(): string[] {
  return readdirSync(join(folder.path, 'data')).toSorted()
}
