import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, storeError } from '../../../adapters/sqlite/open-database.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { asOrdinaryUser } from '../../durability/support/ordinary-user.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }
let file: string

beforeEach(() => {
  folder = temporaryFolder()
  // For a test as another user.
  chmodSync(folder.path, 0o777)
  file = join(folder.path, 'store.sqlite')
})

afterEach(() => folder.remove())

/** The error with which opening fails. */
function refusal(path = file): OutpostError {
  try {
    openDatabase(path).close()
  } catch (error) {
    expect(error).toBeInstanceOf(OutpostError)
    expect((error as OutpostError).message).toContain(path)
    return error as OutpostError
  }
  throw new Error(`${path} was opened`)
}

describe('opening a database', () => {
  it('syncs every commit, and lets no second process in', () => {
    const db = openDatabase(file)
    const read = (name: string) => db.pragma(name, { simple: true })
    expect([read('journal_mode'), read('synchronous'), read('locking_mode')]).toEqual(['wal', 2, 'exclusive'])
    db.close()
  })

  it('makes files that only their user may read, however generous the user is', () => {
    const umask = process.umask(0)
    try {
      const db = openDatabase(file)
      db.exec("INSERT INTO setting VALUES ('a', 'b')")
      const modes = readdirSync(folder.path).map((name) => [name, statSync(join(folder.path, name)).mode & 0o777])
      expect(modes).toEqual([
        ['store.sqlite', 0o600],
        ['store.sqlite-wal', 0o600],
      ])
      db.close()
    } finally {
      process.umask(umask)
    }
  })

  it('goes on where the making of a file was interrupted', () => {
    writeFileSync(file, '')
    openDatabase(file).close()
    openDatabase(file).close()
  })

  it('is refused while somebody has it open, and leaves the lock of who has', () => {
    const db = openDatabase(file)
    expect(refusal().code).toBe('STORE_LOCKED')
    // Within one process, closing any handle of a file would end its locks.
    const other = `new (require(${JSON.stringify(BETTER_SQLITE)}))(process.argv[1], { timeout: 0 }).pragma('user_version')`
    expect(() => execFileSync(process.execPath, ['-e', other, file], { stdio: 'pipe' })).toThrow('database is locked')
    db.close()
  })
})

describe('what cannot be opened says why', () => {
  it('a folder in the place of the file', () => {
    mkdirSync(file)
    expect(refusal()).toMatchObject({
      code: 'PATH_UNUSABLE',
      message: expect.stringContaining('it is a folder') as string,
    })
  })

  it('a folder that is missing', () => {
    const { code, message } = refusal(join(folder.path, 'missing', 'store.sqlite'))
    expect([code, message]).toEqual(['PATH_UNUSABLE', expect.stringContaining('missing')])
  })

  it('a file in the place of its folder', () => {
    writeFileSync(file, '')
    expect(refusal(join(file, 'store.sqlite'))).toMatchObject({ code: 'PATH_UNUSABLE' })
  })

  it('a folder in which this user may not write', () => {
    chmodSync(folder.path, 0o555)
    const { code, message } = asOrdinaryUser(() => refusal())
    expect([code, message]).toEqual(['PATH_UNUSABLE', expect.stringContaining('no right')])
  })

  it('a file that this user may not read', () => {
    openDatabase(file).close()
    chmodSync(file, 0)
    const { code, message } = asOrdinaryUser(() => refusal())
    expect([code, message]).toEqual(['PATH_UNUSABLE', expect.stringContaining('no right')])
  })

  it('a file that this user may not write', () => {
    openDatabase(file).close()
    chmodSync(file, 0o444)
    expect(asOrdinaryUser(() => refusal()).code).toBe('STORE_READ_ONLY')
  })

  it('a file that is no database', () => {
    writeFileSync(file, 'Dear diary, '.repeat(1000))
    expect(refusal().code).toBe('STORE_INVALID')
  })

  it("another program's database", () => {
    new Database(file).exec('CREATE TABLE things (a)').close()
    expect(refusal().code).toBe('STORE_INVALID')
  })

  it('a store of another version', () => {
    const db = openDatabase(file)
    db.pragma('user_version = 999')
    db.close()
    expect(refusal().code).toBe('STORE_VERSION')
  })

  it.each([
    ['has another column', 'ALTER TABLE digest RENAME COLUMN sum TO total', 'digest'],
    ['lacks a column', 'ALTER TABLE storage_key DROP COLUMN columns', 'storage_key'],
    ['lacks a table', 'DROP TABLE setting', 'setting'],
  ])('a store of an unreleased layout, one of whose tables %s', (_what, sql, name) => {
    openDatabase(file).close()
    new Database(file).exec(sql).close()
    const { code, message } = refusal()
    expect([code, message]).toEqual(['STORE_VERSION', expect.stringContaining(`"${name}"`)])
  })

  it('a store whose first pages are damaged', () => {
    openDatabase(file).close()
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(8000, 7), 0, 8000, 100)
    closeSync(handle)
    const before = readFileSync(file)
    expect(refusal().code).toBe('STORE_INVALID')
    // Whoever wants to save something of it finds it as it was.
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

describe("SQLite's errors", () => {
  const named = (code: string) => storeError(new Database.SqliteError('as SQLite says', code), '/store') as OutpostError

  it.each([
    ['SQLITE_BUSY_RECOVERY', 'STORE_LOCKED'],
    ['SQLITE_FULL', 'DISK_FULL'],
    ['SQLITE_IOERR_FSYNC', 'DISK_FAILED'],
    ['SQLITE_READONLY_DBMOVED', 'STORE_READ_ONLY'],
    ['SQLITE_CORRUPT_INDEX', 'STORE_INVALID'],
    ['SQLITE_CANTOPEN', 'PATH_UNUSABLE'],
  ])('%s is %s', (sqlite, code) => {
    expect(named(sqlite)).toMatchObject({ code, message: expect.stringContaining('/store') as string })
  })

  it('that are faults of the program stay what they are', () => {
    expect(named('SQLITE_CONSTRAINT_UNIQUE')).toBeInstanceOf(Database.SqliteError)
  })
})

const BETTER_SQLITE = createRequire(import.meta.url).resolve('better-sqlite3')
