import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { probeStore, Watchdog } from '../../../adapters/node/watchdog.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'

let told: string[][]
let logged: string[]
let trouble: Error | undefined
let hangs: boolean

beforeEach(() => {
  told = []
  logged = []
  trouble = undefined
  hangs = false
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

function watch(watchdogMs?: number): Watchdog {
  const nothing = () => undefined
  return new Watchdog({
    manager: {
      ...(watchdogMs !== undefined && { watchdogMs }),
      tell: (...words) => {
        told.push([...words])
        return hangs ? new Promise(nothing) : Promise.resolve()
      },
    },
    checkStore: () => {
      if (trouble) throw trouble
    },
    log: { debug: nothing, info: nothing, warn: nothing, error: (_, message) => logged.push(message) },
  })
}

const beats = () => told.filter((words) => words.includes('WATCHDOG=1')).length

describe('a node that systemd watches', () => {
  it('says that it is ready and lives, three times in the time that systemd gives it, until it stops', async () => {
    const watchdog = watch(30_000)
    watchdog.start()
    expect(told).toEqual([['READY=1', 'STATUS=running', 'WATCHDOG=1']])
    await vi.advanceTimersByTimeAsync(30_000)
    expect(beats()).toBe(4)
    await watchdog.stop()
    expect(told.at(-1)).toEqual(['STOPPING=1'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(beats()).toBe(4)
  })

  it('gives no sign of life while the store takes no write, and says why, once', async () => {
    watch(30_000).start()
    trouble = new OutpostError('DISK_FAILED', 'the disk does not work')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(beats()).toBe(1)
    expect(told.at(-1)).toEqual(['READY=1', 'STATUS=the disk does not work'])
    expect(logged).toEqual([expect.stringContaining('the disk does not work; systemd is to start the node again')])
  })

  it('lives on with a full disk, on which a start would make no room', async () => {
    watch(30_000).start()
    trouble = new OutpostError('DISK_FULL', 'the disk is full')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told.at(-1)).toEqual(['READY=1', 'STATUS=the disk is full', 'WATCHDOG=1'])
    expect(logged).toHaveLength(1)
    trouble = undefined
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told.at(-1)).toEqual(['READY=1', 'STATUS=running', 'WATCHDOG=1'])
  })

  it('sends no second sign while the first has not gone', async () => {
    hangs = true
    watch(30_000).start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(told).toHaveLength(1)
  })
})

it('says only once that it is ready where nobody watches', async () => {
  watch().start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toHaveLength(1)
})

describe('the probe of a store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outpost-probe-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('writes, and is no change of anything', () => {
    const store = new Store({ file: join(folder, 'store.sqlite') })
    const changes: unknown[] = []
    store.onCommit((commit) => changes.push(commit))
    const head = store.head()
    probeStore(store)
    expect([changes, store.head()]).toEqual([[], head])
    store.close()
    expect(() => probeStore(store)).toThrow('is closed')
  })
})
