/** A node that cannot start says so in words, without a stack, and ends with exit code 1. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { runCommand, temporaryFolder } from '../support/node-process.ts'
import { canMount, fillDisk, limitFileSizes, makeReadOnly, mountSmallDisk } from './support/limited-disk.ts'

let folder: { path: string; remove: () => void }
let data: string

beforeEach(() => {
  folder = temporaryFolder()
  data = join(folder.path, 'data')
})

afterEach(() => folder.remove())

const CLOUD = ['cloud', 'start', '--port', '0']
const BRANCH = ['branch', 'start', '--port', '0']

async function expectRefusal(node: readonly string[], path: string, code: ErrorCode): Promise<void> {
  const { code: exit, stdout, stderr } = await runCommand([...node, '--data', path])
  const [first, second, ...rest] = stderr.trimEnd().split('\n')
  expect(first).toMatch(new RegExp(`^outpost: .*${path}.*\\[${code}\\]$`))
  expect(second).toBe(`  ${ERROR_CATALOGUE[code].remedy}`)
  expect([exit, stdout, rest]).toEqual([1, '', []])
}

describe('a node that cannot have its store', () => {
  it('because its data folder is a file, names the file', async () => {
    writeFileSync(data, '')
    await Promise.all([expectRefusal(CLOUD, data, 'PATH_UNUSABLE'), expectRefusal(BRANCH, data, 'PATH_UNUSABLE')])
  })

  it('because a folder or something unreadable is in its place, says which', async () => {
    const other = join(folder.path, 'other')
    mkdirSync(join(data, 'store.sqlite'), { recursive: true })
    mkdirSync(other)
    writeFileSync(join(other, 'store.sqlite'), 'Dear diary, '.repeat(1000))
    await Promise.all([expectRefusal(BRANCH, data, 'PATH_UNUSABLE'), expectRefusal(CLOUD, other, 'STORE_INVALID')])
  })

  it('because another process has it, or it is of another kind, does not touch it', async () => {
    mkdirSync(data)
    const store = new Store({ file: join(data, 'store.sqlite'), tracksPending: true })
    await expectRefusal(BRANCH, data, 'STORE_LOCKED')
    store.close()
    await expectRefusal(CLOUD, data, 'STORE_KIND')
  })

  it(
    canMount ? 'because its disk is full, asks for room' : 'because its disk fails (none may be mounted here), says so',
    async () => {
      if (!canMount) {
        // The commands inherit the limit.
        limitFileSizes(10_000)
        await expectRefusal(CLOUD, data, 'DISK_FAILED').finally(() => limitFileSizes(undefined))
        return
      }
      const disk = mountSmallDisk()
      try {
        const made = join(disk.path, 'made')
        mkdirSync(made)
        new Store({ file: join(made, 'store.sqlite') }).close()
        fillDisk(disk.path)
        await expectRefusal(CLOUD, join(disk.path, 'new'), 'DISK_FULL')
        await expectRefusal(CLOUD, made, 'DISK_FULL')
        makeReadOnly(disk.path)
        await expectRefusal(CLOUD, made, 'STORE_READ_ONLY')
      } finally {
        disk.remove()
      }
    },
  )
})
