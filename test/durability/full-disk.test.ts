/** What a writer gets when there is no room, and what is there afterwards. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { contentOf, examineStore } from './support/examine-store.ts'
import { LIMITED_DISKS } from './support/limited-disk.ts'
import { openStore, type OpenStore } from './support/open-store.ts'
import { heldBy, writeGroup, writeTransaction } from './support/simple-writes.ts'

describe.each(LIMITED_DISKS)('a store $name', ({ folder: makeFolder, fill, makeRoom, recovers }) => {
  let folder: { path: string; remove: () => void }
  let file: string
  let open: OpenStore
  let acknowledged: string[]
  let written: number
  let last: number
  let isFull: boolean

  beforeEach(async () => {
    folder = makeFolder()
    file = join(folder.path, 'store.sqlite')
    open = await openStore(file)
    // The database grows, too, not only its log.
    open.store.prepare('PRAGMA wal_autocheckpoint = 10').get()
    acknowledged = []
    written = 0
    for (let i = 0; i < 5; i++) await write()
    fill(folder.path, open)
    isFull = true
  })

  afterEach(() => {
    if (isFull) makeRoom(folder.path, open)
    open.store.close()
    folder.remove()
  })

  /** @returns the errors of the group */
  async function write(): Promise<readonly unknown[]> {
    written += 1
    const { ids, errors } = await writeGroup(open, written)
    if (errors.length > 0) return errors
    acknowledged.push(...ids)
    last = written
    return errors
  }

  async function writeUntilRefused(): Promise<readonly unknown[]> {
    for (let i = 0; i < 500; i++) {
      const errors = await write()
      if (errors.length > 0) return errors
    }
    throw new Error('nothing was refused')
  }

  function room(): void {
    makeRoom(folder.path, open)
    isFull = false
  }

  it('refuses all of a group of writes with a word on which file has no room', async () => {
    const errors = await writeUntilRefused()
    expect(errors).toHaveLength(3)
    for (const error of errors) {
      expect(error).toBeInstanceOf(OutpostError)
      expect(error).toMatchObject({ code: recovers ? 'DISK_FULL' : 'DISK_FAILED' })
      expect((error as OutpostError).message).toContain(file)
      if (recovers) expect((error as OutpostError).message).toContain('make room')
    }
  })

  it('says so to whoever asks for its health, until a write succeeds', async () => {
    expect(open.store.trouble).toBeUndefined()
    await writeUntilRefused()
    expect(open.store.trouble).toMatchObject({ code: recovers ? 'DISK_FULL' : 'DISK_FAILED' })
    room()
    await write()
    expect(open.store.trouble?.code).toBe(recovers ? undefined : 'DISK_FAILED')
  })

  it('goes on being read, and holds what was acknowledged and nothing else', async () => {
    await writeUntilRefused()
    expect(heldBy(open)).toEqual({ ids: acknowledged.toSorted(), last })
    const content = await contentOf(open)
    expect(content.rows.branches).toHaveLength(acknowledged.length / 4)
  })

  it('saves neither document nor row of a transaction that does not fit', () => {
    // A smaller write may still find room.
    const write = () => {
      for (let i = 0; i < 1000; i++) {
        writeTransaction(open, `t${i}`)
        acknowledged.push(`t${i}`, `note t${i}`)
      }
    }
    expect(write).toThrow(OutpostError)
    expect(heldBy(open)).toEqual({ ids: acknowledged.toSorted(), last })
  })

  it('takes writes again when there is room, and has lost none at the next start', async () => {
    await writeUntilRefused()
    room()
    if (!recovers) {
      open.store.close()
      open = await openStore(file)
    }
    expect(await write()).toEqual([])
    writeTransaction(open, 'a group')
    const expected = { ids: [...acknowledged, 'a group', 'note a group'].toSorted(), last }
    expect(heldBy(open)).toEqual(expected)
    open.store.close()
    open = await openStore(file)
    expect(heldBy(open)).toEqual(expected)
    await contentOf(open)
  })

  it('holds nothing of what was refused when it is opened again', async () => {
    await writeUntilRefused()
    const { seq } = open.store.head()
    open.store.close()
    makeRoom(folder.path, undefined)
    isFull = false
    const content = await examineStore(file)
    expect(content.head).toBe(seq)
    open = await openStore(file)
    expect(heldBy(open)).toEqual({ ids: acknowledged.toSorted(), last })
  })
})
