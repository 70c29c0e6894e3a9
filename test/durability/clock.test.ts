/** A PC whose battery is empty starts in another year. Each process here has its own clock, as after a real restart. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noteCloudTime, openClock } from '../../adapters/node/clock-memory.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { NO_STAMP, parseStamp } from '../../schemas/hlc.ts'
import { products } from '../../schemas/collections/products.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { bundleProcess } from './support/bundle-process.ts'
import type { ShopDay } from './support/shop-process.ts'

const YEAR_MS = 365 * 86_400_000

let folder: { path: string; remove: () => void }
let store: Store
let checkpoint: { seq: number }
let startedMs: number

beforeAll(async () => {
  folder = temporaryFolder()
  const script = await bundleProcess('shop-process.ts', folder.path)
  const file = join(folder.path, 'store.sqlite')
  const run = async (day: Omit<ShopDay, 'file'>) => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify({ file, ...day })])
    return JSON.parse(stdout) as { seq: number }
  }
  startedMs = Date.now()
  checkpoint = await run({ clockShiftMs: 0, inserts: ['a', 'b', 'c', 'd'], updates: [], deletions: [] })
  await run({ clockShiftMs: -YEAR_MS, inserts: ['e', 'f'], updates: ['c'], deletions: ['a'] })
  store = new Store({ file, declarations: [products], tracksPending: true })
})

afterAll(() => {
  store.close()
  folder.remove()
})

describe('after a start with a clock that is a year behind', () => {
  it('a reader that knew all of the time before misses no write', () => {
    const { docs } = store.table('products').changesAfter(checkpoint.seq, 100)
    expect(docs.map(({ id, price, _deleted }) => [id, price, _deleted])).toEqual([
      ['e', 1, false],
      ['f', 1, false],
      ['c', 2, false],
      ['a', 1, true],
    ])
    // The clock was really behind: by time, these writes are older than what the reader knew.
    for (const doc of docs) expect((doc['_meta'] as { lwt: number }).lwt).toBeLessThan(startedMs - YEAR_MS / 2)
  })

  it('what is pending is served in the order in which it became so', () => {
    const { rows: pending } = store.table('products').rowsInState(ROW_STATE.dirty, 100)
    expect(pending.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(pending.map(({ since }) => since < startedMs)).toEqual([false, false, false, false, true, true])
    const { rows: paged } = store.table('products').rowsInState(ROW_STATE.dirty, 2)
    expect(paged.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

describe('what a store keeps of the time', () => {
  const FAR = Date.UTC(2099, 0)
  const HEARD = Date.now() + YEAR_MS

  function opened(name: string): Store {
    return new Store({ file: join(folder.path, name), declarations: [products], tracksPending: true })
  }

  it('is the word of headquarters as soon as it is heard, whatever the process does next', () => {
    const first = opened('heard.sqlite')
    first.writeSetting('clock', JSON.stringify({ floorMs: FAR }))
    const { clock } = openClock(first)
    clock.hear(HEARD)
    // No write and no stop: the process is gone.
    first.close()
    const second = opened('heard.sqlite')
    const { floorMs, lastCloudMs } = openClock(second).clock.memory()
    expect([floorMs, lastCloudMs].map((ms) => Math.abs(ms! - HEARD) < 60_000)).toEqual([true, true])
    second.close()
  })

  it('is known to a branch before it stamps anything: headquarters told it when the branch joined', () => {
    for (const toldMs of [HEARD, Date.now() - YEAR_MS]) {
      const joined = opened(`joined-${toldMs}.sqlite`)
      joined.transaction('setting', () => noteCloudTime(joined, toldMs))
      // The clock of this PC lies before the one and more than 30 days after the other.
      const { clock } = openClock(joined)
      expect(parseStamp(clock.stamp(NO_STAMP))!.wallMs).toBe(toldMs)
      joined.close()
    }
  })

  it('is nothing where headquarters told no time', () => {
    const silent = opened('silent.sqlite')
    noteCloudTime(silent, Number.NaN)
    expect(silent.readSetting('clock')).toBeUndefined()
    silent.close()
  })
})
