import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StoreGate } from '../../../../local-node/web/store/store-gate.ts'
import { FakeLocks } from './fake-locks.ts'

const NO_LOCKS = {}
const NOTHING = () => Promise.resolve()
const NEEDED = () => Promise.resolve(true)
const migrates = (done: string[]) => async () => void done.push('migrates')
let name: string

beforeEach(() => {
  name = `outpost-${crypto.randomUUID()}`
  vi.stubGlobal('navigator', NO_LOCKS)
  vi.useFakeTimers({ toFake: ['setTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Messages between tabs are delivered by the event loop, which goes on; only waiting is faked. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate)
  await vi.advanceTimersByTimeAsync(ms)
  for (let i = 0; i < 5; i++) await new Promise(setImmediate)
}

describe('the gate of a store, where there are no locks', () => {
  it('lets a tab migrate only once the page of the older one is gone, not when it has begun to go', async () => {
    const channels: BroadcastChannel[] = []
    const Channel = class extends BroadcastChannel {
      constructor(of: string) {
        super(of)
        channels.push(this)
      }
    }
    vi.stubGlobal('BroadcastChannel', Channel)
    const older = new StoreGate({ name, makeRoom: NOTHING })
    await older.enter()
    const done: string[] = []
    const newer = new StoreGate({ name, makeRoom: NOTHING })
    const migrated = newer.alone(NEEDED, (whom) => done.push(whom), migrates(done))
    await pass(10_000)
    expect(done).toEqual(['others'])
    channels.at(0)?.close()
    await pass(10_000)
    await migrated
    expect(done).toEqual(['others', 'migrates'])
  })

  it('lets a tab migrate where nobody answers, and not where another one has done it meanwhile', async () => {
    const done: string[] = []
    for (const isNeeded of [true, false]) {
      const gate = new StoreGate({ name: `${name}-${isNeeded}`, makeRoom: NOTHING })
      const entered = gate.alone(
        () => Promise.resolve(isNeeded),
        () => undefined,
        async () => void done.push(`needed: ${isNeeded}`),
      )
      await pass(3_000)
      await entered
    }
    expect(done).toEqual(['needed: true'])
  })
})

describe('the gate of a store, where there are locks', () => {
  /** Runs what a page begins with the locks that it finds. */
  const on = async <T>(locks: FakeLocks, page: string, begin: () => Promise<T>): Promise<{ ended: Promise<T> }> => {
    vi.stubGlobal('navigator', { locks: locks.of(page) })
    const ended = begin()
    await pass(0)
    return { ended }
  }

  it('holds an older tab inside until its page is gone: what it sells after its reload began is migrated too', async () => {
    const locks = new FakeLocks()
    const asked: string[] = []
    const older = new StoreGate({
      name,
      makeRoom: async () => {
        asked.push('asked')
      },
    })
    await (
      await on(locks, 'older', () => older.enter())
    ).ended
    const done: string[] = []
    const newer = new StoreGate({ name, makeRoom: NOTHING })
    const { ended } = await on(locks, 'newer', () => newer.alone(NEEDED, (whom) => done.push(whom), migrates(done)))
    expect(asked).toEqual(['asked'])
    expect(done).toEqual(['others'])
    locks.unload('older')
    await ended
    expect(done).toEqual(['others', 'migrates'])
  })

  it('says whom a second tab of the new program waits for', async () => {
    const locks = new FakeLocks()
    let finish!: () => void
    const work = new Promise<void>((resolve) => (finish = resolve))
    const first = new StoreGate({ name, makeRoom: NOTHING })
    const migration = await on(locks, 'first', () =>
      first.alone(
        NEEDED,
        () => undefined,
        () => work,
      ),
    )
    const waited: string[] = []
    const second = new StoreGate({ name, makeRoom: NOTHING })
    const { ended } = await on(locks, 'second', () =>
      second.alone(
        () => Promise.resolve(false),
        (whom) => waited.push(whom),
        migrates(waited),
      ),
    )
    expect(waited).toEqual(['turn'])
    finish()
    await Promise.all([migration.ended, ended])
    expect(waited).toEqual(['turn'])
  })
})
