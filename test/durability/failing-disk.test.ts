/**
 * What a store does after the disk refused to write: nobody knows then what it has kept. The system's limit on the size
 * of files makes the real calls fail with a real error that is no lack of room; errors of a sync cannot be had this way.
 */
import { statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { contentOf } from './support/examine-store.ts'
import { limitFileSizes } from './support/limited-disk.ts'
import { openStore, type OpenStore } from './support/open-store.ts'
import { heldBy, newDocument, writeGroup, writeTransaction } from './support/simple-writes.ts'

let folder: { path: string; remove: () => void }
let open: OpenStore

beforeEach(async () => {
  folder = temporaryFolder()
  open = await openStore(join(folder.path, 'store.sqlite'))
})

afterEach(() => {
  limitFileSizes(undefined)
  open.store.close()
  folder.remove()
})

describe('a store whose disk failed', () => {
  it('takes no write until it is opened again, is read on, and has lost nothing', async () => {
    const acknowledged: string[] = []
    limitFileSizes(1_000_000)
    let number = 0
    let group = await writeGroup(open, number)
    for (; group.errors.length === 0; group = await writeGroup(open, ++number)) acknowledged.push(...group.ids)
    const last = number - 1
    expect(group.errors).toEqual(Array(3).fill(expect.objectContaining({ code: 'DISK_FAILED' })))
    // The disk works again, but who can tell?
    limitFileSizes(undefined)
    const refused = await writeGroup(open, ++number)
    expect(refused.errors).toEqual(Array(3).fill(expect.objectContaining({ code: 'DISK_FAILED' })))
    expect(() => writeTransaction(open, 'refused')).toThrow(expect.objectContaining({ code: 'DISK_FAILED' }) as Error)
    expect(heldBy(open)).toEqual({ ids: acknowledged.toSorted(), last })
    open.store.close()
    open = await openStore(open.store.file)
    expect(heldBy(open)).toEqual({ ids: acknowledged.toSorted(), last })
    expect((await writeGroup(open, ++number)).errors).toEqual([])
    await contentOf(open)
  })

  it('takes no write any more when the log cannot be moved into the file, which SQLite keeps to itself', () => {
    const table = open.store.table('products')
    const write = (id: string, length: number) =>
      open.store.transaction('test', (context) => {
        table.put(context, { ...newDocument(id), category: 'c'.repeat(length) }, { state: 1, origin: '' })
      })
    for (let i = 0; i < 20; i++) write(`large${i}`, 4_000_000)
    open.store.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    // The log may become as long as the file is now, and the file no longer.
    limitFileSizes(statSync(open.store.file).size)
    const writeOn = () => {
      for (let i = 0; i < 400; i++) write(`after${i}`, 200_000)
    }
    expect(writeOn).toThrow(expect.objectContaining({ code: 'DISK_FAILED' }) as Error)
    expect(statSync(`${open.store.file}-wal`).size).toBeLessThan(statSync(open.store.file).size)
    expect(open.store.trouble?.code).toBe('DISK_FAILED')
  })

  it('takes no write after it could not read what it had written, and is whole at the next start', async () => {
    const { ids } = await writeGroup(open, 0)
    open.store.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    await writeGroup(open, 1)
    truncateSync(`${open.store.file}-wal`, 100)
    expectLatched('DISK_FAILED')
    open.store.close()
    open = await openStore(open.store.file)
    // What was only in the log is gone with it; what is there fits together.
    expect(heldBy(open)).toEqual({ ids: ids.toSorted(), last: 0 })
    await contentOf(open)
  })

  it('takes no write after it has read rubbish', async () => {
    await writeGroup(open, 0)
    const log = `${open.store.file}-wal`
    writeFileSync(log, Buffer.alloc(statSync(log).size, 7), { flag: 'r+' })
    expectLatched('STORE_INVALID')
  })
})

function expectLatched(code: ErrorCode): void {
  // Nothing shows as long as all that is needed is in memory.
  open.store.prepare('PRAGMA shrink_memory').run()
  const errors = ['a', 'b', 'c'].map((id) => errorOf(() => writeTransaction(open, id)))
  expect(errors[0]).toMatchObject({ code })
  // The later ones were not even tried.
  expect(errors.map((error) => error === errors[0])).toEqual([true, true, true])
}

function errorOf(work: () => void): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
