import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acquireLock, type Holder } from '../../../scripts/lib/file-lock.mjs'
import { createFolder } from '../support/folder.js'

const HOLDER = fileURLToPath(new URL('../support/hold-lock.mjs', import.meta.url))
const purpose = 'The test'

async function startHolder(path: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [HOLDER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}

describe('a lock between processes', { timeout: 60_000 }, () => {
  it('has one holder, which is named to the others', async () => {
    const path = join(createFolder(), 'lock')
    const holder = await startHolder(path)
    await expect(acquireLock(path, { purpose })).rejects.toThrow(`The test is in use by process ${holder.pid}`)
  })

  it('is handed on when it is released', async () => {
    const path = join(createFolder(), 'lock')
    const holder = await startHolder(path)
    const waitedFor: number[] = []
    const onWait = ({ pid }: Holder) => {
      waitedFor.push(pid)
      holder.kill('SIGTERM')
    }
    const lock = await acquireLock(path, { purpose, waitMs: 60_000, onWait })
    expect(waitedFor).toEqual([holder.pid])
    expect(lock.abandoned).toBeUndefined()
  })

  it('is taken from a holder that was killed, with its note', async () => {
    const path = join(createFolder(), 'lock')
    const holder = await startHolder(path)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const lock = await acquireLock(path, { purpose })
    expect(lock.abandoned).toMatchObject({ pid: holder.pid, note: { left: 'behind' } })
    lock.release()
    expect(readdirSync(dirname(path))).toEqual([])
  })

  it('is not kept by a later process with the same id', async () => {
    const path = join(createFolder(), 'lock')
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: 'long ago', token: 'x' }))
    expect((await acquireLock(path, { purpose })).abandoned).toMatchObject({ startedAt: 'long ago' })
  })

  it('survives a power cut that left the file empty', async () => {
    const path = join(createFolder(), 'lock')
    writeFileSync(path, '')
    const lock = await acquireLock(path, { purpose })
    await expect(acquireLock(path, { purpose })).rejects.toThrow('in use')
    lock.release()
  })

  it('is not released by somebody who has lost it', async () => {
    const path = join(createFolder(), 'lock')
    const first = await acquireLock(path, { purpose })
    first.release()
    await acquireLock(path, { purpose })
    first.release()
    await expect(acquireLock(path, { purpose })).rejects.toThrow('in use')
  })

  it('has one holder at a time however many want it', async () => {
    const path = join(createFolder(), 'lock')
    let holders = 0
    const work = async () => {
      const lock = await acquireLock(path, { purpose, waitMs: 60_000 })
      expect((holders += 1)).toBe(1)
      await new Promise(setImmediate)
      holders -= 1
      lock.release()
    }
    await Promise.all(Array.from({ length: 5 }, work))
  })
})
