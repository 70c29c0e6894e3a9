/** Keeps what a node knows of the time across restarts, in the store's settings. */
import { randomBytes } from 'node:crypto'
import type { WriterId } from '../../schemas/brand.ts'
import { WriterClock, type ClockMemory } from '../rxdb/writer-clock.ts'
import type { Store } from '../sqlite/store.ts'

const SETTING = 'clock'
const REMEMBER_EVERY_MS = 10_000

/** A clock with a new writer id; call `remember` when the node stops, after the last write. */
export function openClock(store: Store): { clock: WriterClock; remember: () => void } {
  const saved = savedMemory(store)
  const clock = new WriterClock({
    writer: newWriterId(),
    ...saved,
    onSet: () => store.transaction('clock', remember),
  })
  store.followClock(() => clock.wallMs())
  let rememberedMs = saved.floorMs ?? 0
  function remember(): void {
    const memory = clock.memory()
    rememberedMs = memory.floorMs
    store.writeSetting(SETTING, JSON.stringify(memory))
  }
  store.derive(() => {
    // Part of the transaction that used the stamps: the floor never gets ahead of what is saved by more than a moment.
    if (Math.abs(clock.memory().floorMs - rememberedMs) > REMEMBER_EVERY_MS) remember()
  })
  return { clock, remember }
}

/**
 * Notes the cloud's time, ms since 1970, in a store whose clock is not open yet: a branch that has just joined. Call in
 * the transaction that makes it a branch, so that it never stamps without ever having been told the time.
 */
export function noteCloudTime(store: Store, cloudMs: number): void {
  if (!Number.isFinite(cloudMs)) return
  store.writeSetting(SETTING, JSON.stringify({ floorMs: cloudMs, lastCloudMs: cloudMs } satisfies ClockMemory))
}

function savedMemory(store: Store): Partial<ClockMemory> {
  return JSON.parse(store.readSetting(SETTING) ?? '{}') as Partial<ClockMemory>
}

/** Eight base-36 digits, about 41 bits. */
function newWriterId(): WriterId {
  return (randomBytes(8).readBigUInt64BE() % 36n ** 8n).toString(36).padStart(8, '0') as WriterId
}
