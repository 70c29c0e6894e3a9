import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StoreGate } from '../../../../local-node/web/store/store-gate.ts'

const NO_LOCKS = {}
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
  it('lets a tab migrate only after the older tab has made room', async () => {
    let close!: () => void
    const closed = new Promise<void>((resolve) => (close = resolve))
    const older = new StoreGate({ name, makeRoom: () => closed })
    await older.enter()
    const done: string[] = []
    const newer = new StoreGate({ name, makeRoom: () => Promise.resolve() })
    const migrated = newer.alone(
      () => Promise.resolve(true),
      () => done.push('waits'),
      async () => void done.push('migrates'),
    )
    await pass(10_000)
    expect(done).toEqual(['waits'])
    close()
    await pass(10_000)
    await migrated
    expect(done).toEqual(['waits', 'migrates'])
  })

  it('lets a tab migrate where nobody answers, and not where another one has done it meanwhile', async () => {
    const done: string[] = []
    for (const isNeeded of [true, false]) {
      const gate = new StoreGate({ name: `${name}-${isNeeded}`, makeRoom: () => Promise.resolve() })
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
