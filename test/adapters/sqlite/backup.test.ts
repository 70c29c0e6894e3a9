import { execFileSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  type PathLike,
} from 'node:fs'
import fs, { open as openFile, type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backUp, type BackupSource } from '../../../adapters/sqlite/backup.ts'
import { checkStoreFile } from '../../../adapters/sqlite/check-store-file.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }
let open: Store[]

beforeEach(() => {
  folder = temporaryFolder()
  open = []
})

afterEach(() => {
  for (const store of open) store.close()
  folder.remove()
})

describe('a backup', () => {
  it('is whole and as new as its end while the store goes on being written', async () => {
    const store = openStore()
    putMany(store, 'a', 3000)
    const file = inFolder('backup.sqlite')
    let during = 0
    const backedUp = new AbortController()
    const writing = (async () => {
      while (!backedUp.signal.aborted) {
        putMany(store, `during${during++}-`, 1)
        await turn()
      }
    })()
    const report = await backUp({ source: store, file }).finally(() => backedUp.abort())
    await writing
    expect(during).toBeGreaterThan(10)
    expect(report.seq).toBeGreaterThan(3000)
    expect(report.documents['products']).toBe(report.seq)
    expect(report).toMatchObject({ file, epoch: store.epoch, bytes: statSync(file).size })
    expect(await checkStoreFile(file)).toMatchObject({ seq: report.seq, documents: report.documents })
  })

  it('is one file that only its owner may read, and stands alone', async () => {
    const store = openStore()
    putMany(store, 'p', 10)
    await backUp({ source: store, file: inFolder('backups/backup.sqlite') })
    expect(readdirSync(inFolder('backups'))).toEqual(['backup.sqlite'])
    expect(statSync(inFolder('backups/backup.sqlite')).mode & 0o777).toBe(0o600)
    expect(statSync(inFolder('backups')).mode & 0o777).toBe(0o700)
    const plain = new Database(inFolder('backups/backup.sqlite'), { readonly: true })
    expect(plain.pragma('journal_mode', { simple: true })).toBe('delete')
    plain.close()
    expect(readdirSync(inFolder('backups'))).toEqual(['backup.sqlite'])
  })

  it('knows the positions from before it and none from after it, once it is opened as a store', async () => {
    const store = openStore()
    putMany(store, 'before', 5)
    const before = store.head()
    await backUp({ source: store, file: inFolder('backup.sqlite') })
    putMany(store, 'after', 5)
    const lost = store.head()
    const restored = openStore('backup.sqlite')
    expect(restored.epoch).not.toBe(store.epoch)
    expect(restored.countLive('products')).toBe(5)
    putMany(restored, 'anew', 20)
    expect(restored.knowsPosition(before)).toBe(true)
    expect(restored.knowsPosition(lost)).toBe(false)
    expect(restored.knowsPosition(restored.head())).toBe(true)
  })

  it('takes nobody else’s place', async () => {
    const store = openStore()
    writeFileSync(inFolder('taken'), 'mine')
    await expect(backUp({ source: store, file: inFolder('taken') })).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      field: 'to',
    })
    expect(statSync(inFolder('taken')).size).toBe(4)
  })

  it('leaves a name to whoever takes it in the last moment', async () => {
    const store = openStore()
    const file = inFolder('backup.sqlite')
    const { link, rename } = fs
    const takeFirst = (name: typeof link) => async (from: PathLike, to: PathLike) => {
      writeFileSync(file, 'mine')
      await name(from, to)
    }
    Object.assign(fs, { link: takeFirst(link), rename: takeFirst(rename) })
    syncBuiltinESMExports()
    try {
      await expect(backUp({ source: store, file })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'to' })
    } finally {
      Object.assign(fs, { link, rename })
      syncBuiltinESMExports()
    }
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect(readdirSync(folder.path).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('gets its name on a disk without links too', async () => {
    const store = openStore()
    const { link } = fs
    Object.assign(fs, { link: () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })) })
    syncBuiltinESMExports()
    try {
      const { file } = await backUp({ source: store, file: inFolder('backup.sqlite') })
      expect(await checkStoreFile(file)).toMatchObject({ epoch: store.epoch })
    } finally {
      Object.assign(fs, { link })
      syncBuiltinESMExports()
    }
    expect(readdirSync(folder.path).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('makes its folder and nothing above it, where a disk that is not mounted would be', async () => {
    const store = openStore()
    const file = inFolder('usb/outpost/backup.sqlite')
    await expect(backUp({ source: store, file })).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/usb is missing.*is its disk mounted/) as string,
    })
    expect(readdirSync(folder.path)).not.toContain('usb')
    mkdirSync(inFolder('usb'))
    expect(await backUp({ source: store, file })).toMatchObject({ file })
  })

  it('waits for a slow disk without asking it again and again', async () => {
    const store = openStore()
    putMany(store, 'p', 3000)
    const handle = await openFile(inFolder('any'), 'w')
    const slow = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'datasync')
    let syncs = 0
    slow.mockImplementation(() => {
      syncs++
      return turns(200)
    })
    await handle.close()
    const copied: number[] = []
    const source: BackupSource = {
      file: store.file,
      head: () => store.head(),
      copyTo: (file, pace) =>
        store.copyTo(file, async (pages) => {
          const next = await pace(pages)
          copied.push(next)
          return next
        }),
    }
    const report = await backUp({ source, file: inFolder('backup.sqlite') }).finally(() => slow.mockRestore())
    expect(syncs).toBeGreaterThan(0)
    expect(report.documents['products']).toBe(3000)
    expect(copied).not.toContain(0)
    expect(copied.length).toBeLessThanOrEqual(Math.ceil(report.bytes / 8192 / 64) + 1)
  })

  it.each([
    ['that does not pass its check', {}, 'BACKUP_FAILED'],
    ['for which there is no room', { freeBytes: () => Promise.resolve(1000) }, 'DISK_FULL'],
    ['that takes too long', { deadlineMs: 0 }, 'BACKUP_FAILED'],
    ['into what is no folder', { file: 'older.sqlite/backup.sqlite' }, 'BACKUP_FAILED'],
  ])('%s leaves nothing behind and the older ones as they are', async (_what, options, code) => {
    const store = openStore()
    putMany(store, 'p', 10)
    const older = await backUp({ source: store, file: inFolder('older.sqlite') })
    if (_what.includes('check')) store.prepare('UPDATE digest SET documents = documents + 1').run()
    const names = readdirSync(folder.path)
    const file = inFolder('file' in options ? options.file : 'backup.sqlite')
    await expect(backUp({ source: store, ...options, file })).rejects.toMatchObject({ code })
    expect(readdirSync(folder.path)).toEqual(names)
    expect(await checkStoreFile(older.file)).toMatchObject({ seq: 10 })
    putMany(store, 'more', 1)
  })

  it('that is given up in the middle leaves nothing behind, and the store goes on', async () => {
    const store = openStore()
    putMany(store, 'p', 3000)
    const names = readdirSync(folder.path)
    const given = new AbortController()
    const seen: number[] = []
    const onProgress = (progress: number) => {
      seen.push(progress)
      if (progress > 0.3) given.abort(new Error('enough'))
    }
    const made = backUp({ source: store, file: inFolder('backup.sqlite'), signal: given.signal, onProgress })
    await expect(made).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(seen.at(-1)).toBeLessThan(1)
    expect(readdirSync(folder.path)).toEqual(names)
    putMany(store, 'more', 1)
    await backUp({ source: store, file: inFolder('backup.sqlite') })
  })
})

describe('the check of a store file', () => {
  it('says whose it is and what it holds', async () => {
    const store = openStore()
    putMany(store, 'p', 3)
    store.writeSetting('chain-facts', JSON.stringify({ branchId: 'north', chainKey: 'a secret' }))
    const { file } = await backUp({ source: store, file: inFolder('backup.sqlite') })
    const facts = await checkStoreFile(file)
    expect(facts).toMatchObject({ identity: { node: 'branch', branchId: 'north' }, documents: { products: 3 } })
    expect(Object.keys(facts.documents).toSorted()).toEqual(COLLECTIONS.map(({ name }) => name).toSorted())
    expect(JSON.stringify(facts)).not.toContain('a secret')
  })

  it.each([
    ['is none', 'BACKUP_INVALID', (file: string) => writeFileSync(file, 'no store at all, but long enough')],
    ['is empty', 'BACKUP_INVALID', (file: string) => writeFileSync(file, '')],
    ['is cut off', 'BACKUP_INVALID', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    ['has damaged pages', 'BACKUP_INVALID', damagePages],
    ['lacks documents', 'BACKUP_INVALID', (file: string) => changeProduct(file, 'DELETE FROM')],
    ['has changed documents', 'BACKUP_INVALID', (file: string) => changeProduct(file, 'UPDATE', CHANGED)],
    ['has documents that are none', 'BACKUP_INVALID', (file: string) => changeProduct(file, 'UPDATE', GARBLED)],
    ['is a pipe', 'BACKUP_INVALID', makePipe],
    ['is of another application', 'BACKUP_INVALID', sql('PRAGMA application_id = 1')],
    ['is of another layout', 'STORE_VERSION', sql('PRAGMA user_version = 999')],
    ['is of an unreleased layout', 'STORE_VERSION', sql('ALTER TABLE digest RENAME COLUMN sum TO total')],
    ['has a log beside it', 'BACKUP_INVALID', (file: string) => writeFileSync(`${file}-wal`, 'something')],
  ])('refuses one that %s', async (_what, code, damage) => {
    const store = openStore()
    putMany(store, 'p', 500)
    const { file } = await backUp({ source: store, file: inFolder('backup.sqlite') })
    damage(file)
    const names = readdirSync(folder.path)
    await expect(checkStoreFile(file)).rejects.toMatchObject({ code })
    expect(readdirSync(folder.path)).toEqual(names)
  })

  it('takes a store that was copied after its node had stopped, and leaves the folder as it is', async () => {
    const store = openStore()
    putMany(store, 'p', 3)
    store.close()
    copyFileSync(store.file, inFolder('copy.sqlite'))
    const names = readdirSync(folder.path)
    expect(await checkStoreFile(inFolder('copy.sqlite'))).toMatchObject({ documents: { products: 3 } })
    expect(readdirSync(folder.path)).toEqual(names)
  })

  it('refuses the store of a running node, and harms it in nothing', async () => {
    const store = openStore()
    putMany(store, 'p', 3)
    await expect(checkStoreFile(store.file)).rejects.toMatchObject({ code: 'BACKUP_INVALID' })
    store.close()
    expect(openStore().countLive('products')).toBe(3)
  })
})

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

function inFolder(name: string): string {
  return join(folder.path, name)
}

function openStore(name = 'store.sqlite'): Store {
  const store = new Store({ file: inFolder(name), declarations: COLLECTIONS, tracksPending: true })
  open.push(store)
  return store
}

function putMany(store: Store, prefix: string, count: number): void {
  const options = { state: store.pendingState, origin: '' }
  store.transaction('test', (write) => {
    for (let i = 0; i < count; i++) store.table('products').put(write, product(`${prefix}${i}`), options)
  })
}

function product(id: string): Doc {
  const local = { _rev: '1-x', _meta: { lwt: 1 }, _attachments: {}, _deleted: false }
  return { id, name: `product ${id} `.repeat(20), price: 1, currency: 'CNY', clock: { r: {} }, ...local }
}

function damagePages(file: string): void {
  const handle = openSync(file, 'r+')
  for (let at = 8192 * 4; at < statSync(file).size; at += 8192) writeSync(handle, Buffer.alloc(64, 0xff), 0, 64, at)
  closeSync(handle)
}

const CHANGED = `SET doc = replace(doc, '"price":1', '"price":2')`
const GARBLED = `SET doc = substr(doc, 1, 20)`

function changeProduct(file: string, verb: string, change = ''): void {
  const db = new Database(file)
  const key = db.prepare("SELECT number FROM storage_key WHERE collection = 'products'").pluck().get() as number
  expect(db.prepare(`${verb} documents_${key} ${change} WHERE id = 'p1'`).run().changes).toBe(1)
  db.close()
}

/** Whoever opens one waits for a writer, for ever. */
function makePipe(file: string): void {
  rmSync(file)
  execFileSync('mkfifo', [file])
}

function sql(statement: string): (file: string) => void {
  return (file) => {
    const db = new Database(file)
    db.exec(statement)
    db.close()
  }
}
