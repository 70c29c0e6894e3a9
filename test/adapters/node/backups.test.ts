import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backupLabel, backupTarget, listBackups, nextBackupName } from '../../../adapters/node/backup-files.ts'
import { Backups } from '../../../adapters/node/backups.ts'
import type { Log } from '../../../adapters/log.ts'
import { backUp, type BackupSource } from '../../../adapters/sqlite/backup.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const DAY_MS = 24 * 3_600_000
const IDENTITY = { node: 'branch', branchId: 'north', chain: '1f8a03c2aaaaaaaa' } as const
const LABEL = 'outpost-branch-north-1f8a03c2'
const SILENT: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

let folder: { path: string; remove: () => void }
let store: Store
let into: string
let nowMs: number
let monotonicMs: number
let started: Backups[]

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  into = join(folder.path, 'backups')
  nowMs = new Date(2026, 2, 2, 12).getTime()
  monotonicMs = 0
  started = []
})

afterEach(async () => {
  for (const backups of started) await backups.stop()
  store.close()
  folder.remove()
})

describe('the backups of a node', () => {
  it('are made every day by themselves, and old ones go', async () => {
    const clock = new SteppedClock()
    const backups = open({ hour: 3, sleep: clock.sleep })
    backups.start()
    for (let day = 0; day < 9; day++) {
      await clock.next()
      nowMs += DAY_MS
      monotonicMs += DAY_MS
    }
    await clock.next()
    const files = listBackups(into, LABEL)
    expect(files.length).toBeGreaterThanOrEqual(7)
    expect(files.length).toBeLessThanOrEqual(9)
    expect(files.every(({ automatic }) => automatic)).toBe(true)
    expect(backups.status()).toMatchObject({
      state: 'waiting',
      folder: into,
      last: { file: files[0]!.file, bytes: files[0]!.bytes },
      nextAt: new Date(2026, 2, 12, 3).toISOString(),
    })
  })

  it('are not made by themselves without an hour, and whenever somebody asks', async () => {
    const backups = open({})
    backups.start()
    expect(backups.status()).toEqual({ state: 'off', identity: IDENTITY, folder: into })
    const told: number[] = []
    const { file } = await backups.make({ onProgress: (progress) => told.push(progress) })
    expect(told.at(-1)).toBe(1)
    expect(backups.status()).toMatchObject({ state: 'off', last: { file, bytes: statSync(file).size } })
    expect(listBackups(into, LABEL)).toMatchObject([{ number: 1, automatic: false }])
  })

  it('leave those that a person made', async () => {
    const clock = new SteppedClock()
    const backups = open({ hour: 3, sleep: clock.sleep })
    const { file } = await backups.make()
    mkdirSync(into, { recursive: true })
    for (let i = 2; i < 12; i++) writeFileSync(join(into, name(i, nowMs - (20 - i) * DAY_MS, true)), '')
    backups.start()
    await clock.next()
    await clock.next()
    const left = listBackups(into, LABEL)
    expect(left.map((backup) => backup.file)).toContain(file)
    expect(left.filter(({ automatic }) => automatic).length).toBeLessThan(11)
  })

  it('say what went wrong, keep the older ones, and say so until one is made again', async () => {
    const clock = new SteppedClock()
    mkdirSync(into, { recursive: true })
    for (let i = 1; i < 12; i++) writeFileSync(join(into, name(i, nowMs - (20 - i) * DAY_MS, true)), '')
    const before = readdirSync(into)
    let isBroken = true
    const source: BackupSource = {
      file: store.file,
      head: () => store.head(),
      copyTo: (file, onPages) => (isBroken ? Promise.reject(new Error('broken')) : store.copyTo(file, onPages)),
    }
    const backups = open({ hour: 3, sleep: clock.sleep, source })
    backups.start()
    await clock.next()
    await clock.next()
    expect(readdirSync(into)).toEqual(before)
    expect(backups.status().lastError).toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('broken') as string,
    })
    isBroken = false
    await clock.next()
    expect(backups.status().lastError).toBeUndefined()
    expect(readdirSync(into).length).toBeLessThan(before.length)
  })

  it('come one after the other, and end with the node', async () => {
    const backups = open({})
    const made = await Promise.all([backups.make(), backups.make({ to: `${join(folder.path, 'other')}/` })])
    expect(new Set(made.map(({ file }) => file)).size).toBe(2)
    const asked = backups.make()
    const stopped = backups.stop()
    await expect(asked).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    await stopped
    await expect(backups.make()).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    expect(listBackups(into, LABEL)).toHaveLength(1)
  })

  it('clear away what a process that died has left', async () => {
    mkdirSync(into)
    const left = `${name(3, nowMs, true)}.a1b2c3.partial`
    for (const end of ['', '-journal']) writeFileSync(join(into, `${left}${end}`), '')
    writeFileSync(join(into, 'mine.partial'), '')
    const clock = new SteppedClock()
    open({ hour: 3, sleep: clock.sleep }).start()
    await clock.next()
    await clock.next()
    expect(readdirSync(into).toSorted()).toEqual(['mine.partial', name(1, nowMs, true)])
  })
})

describe('the daily backups', () => {
  it('go on while the node’s clock stands, one for each day that the node runs', async () => {
    const clock = new SteppedClock()
    open({ hour: 3, sleep: clock.sleep }).start()
    const madeAt: number[] = []
    for (let hours = 0; hours < 60; hours++) {
      const before = listBackups(into, LABEL).length
      await clock.next()
      if (listBackups(into, LABEL).length > before) madeAt.push(hours)
      monotonicMs += 3_600_000
    }
    expect(madeAt).toEqual([0, 24, 48])
  })

  it('are made after each start of a PC whose clock begins anew, but not of a store that nobody has written to', async () => {
    const dayOf = async () => {
      const clock = new SteppedClock()
      const backups = open({ hour: 3, sleep: clock.sleep })
      backups.start()
      await clock.next()
      monotonicMs += 300_000
      await clock.next()
      await backups.stop()
    }
    await dayOf()
    nowMs += 7_200_000
    await dayOf()
    expect(listBackups(into, LABEL)).toHaveLength(1)
    store.transaction('test', (write) => void write.nextSeq())
    await dayOf()
    expect(listBackups(into, LABEL)).toHaveLength(2)
  })

  it('of two chains that share a folder leave each other’s alone', async () => {
    const clocks = [new SteppedClock(), new SteppedClock()]
    const other = { ...IDENTITY, chain: '99999999aaaaaaaa' }
    mkdirSync(into)
    for (let i = 1; i < 12; i++) {
      const theirs = nextBackupName([{ number: i - 1 }], backupLabel(other), nowMs - (20 - i) * DAY_MS, true)
      writeFileSync(join(into, theirs), '')
    }
    open({ hour: 3, sleep: clocks[0]!.sleep }).start()
    await clocks[0]!.next()
    await clocks[0]!.next()
    expect(listBackups(into, backupLabel(other))).toHaveLength(11)
    expect(listBackups(into, LABEL)).toMatchObject([{ number: 1 }])
  })

  it('leave unfinished ones of a branch alone whose name begins in the same way', async () => {
    mkdirSync(into)
    const growing = name(3, nowMs, true).replace('north', 'north-east')
    const alike = `${LABEL}-${name(3, nowMs, true)}`
    for (const theirs of [growing, alike]) writeFileSync(join(into, `${theirs}.a1b2c3.partial`), '')
    const clock = new SteppedClock()
    open({ hour: 3, sleep: clock.sleep }).start()
    await clock.next()
    await clock.next()
    expect(readdirSync(into).filter((file) => file.endsWith('.partial'))).toHaveLength(2)
    expect(listBackups(into, LABEL)).toHaveLength(1)
  })

  it('pass over what cannot be read, and never take its number', async () => {
    mkdirSync(into)
    const looping = name(7, nowMs, true)
    symlinkSync(looping, join(into, looping))
    mkdirSync(join(into, name(8, nowMs, true)))
    mkdirSync(join(into, `${name(5, nowMs, true)}.a1b2c3.partial`))
    const clock = new SteppedClock()
    const backups = open({ hour: 3, sleep: clock.sleep })
    expect(backups.status()).not.toHaveProperty('last')
    backups.start()
    await clock.next()
    await clock.next()
    expect(listBackups(into, LABEL)).toMatchObject([{ number: 9 }])
    expect(backups.status()).not.toHaveProperty('lastError')
  })

  it('say what went wrong before one was begun, and are tried again', async () => {
    const clock = new SteppedClock()
    let isBroken = true
    const head = () => {
      if (isBroken) throw new Error('no head')
      return store.head()
    }
    const source: BackupSource = { file: store.file, head, copyTo: (file, onPages) => store.copyTo(file, onPages) }
    const told: (string | undefined)[] = []
    const backups = open({ hour: 3, sleep: clock.sleep, source })
    backups.start()
    await clock.next()
    backups.onChange(() => told.push(statusError(backups)))
    await clock.next()
    expect(told.at(-1)).toContain('no head')
    isBroken = false
    expect(backups.status().lastError).toMatchObject({ code: 'INTERNAL', at: new Date(nowMs).toISOString() })
    await clock.next()
    expect(listBackups(into, LABEL)).toHaveLength(1)
    expect(backups.status()).not.toHaveProperty('lastError')
  })

  it('begin again when a folder that could not be used can be', async () => {
    writeFileSync(into, 'no folder')
    const clock = new SteppedClock()
    const backups = open({ hour: 3, sleep: clock.sleep })
    backups.start()
    await clock.next()
    await clock.next()
    expect(backups.status()).toHaveProperty('lastError')
    rmSync(into)
    await clock.next()
    expect(listBackups(into, LABEL)).toHaveLength(1)
    expect(backups.status()).not.toHaveProperty('lastError')
  })
})

describe('the names of backups', () => {
  it('go on counting, whatever the clock says, and tell nodes apart that share a folder', async () => {
    mkdirSync(into)
    const at = (year: number) => new Date(Date.UTC(year, 0, 2, 3, 4, 5)).getTime()
    const first = nextBackupName([], LABEL, at(2099), true)
    expect(first).toBe('outpost-branch-north-1f8a03c2-000001-20990102T030405Z-auto.sqlite')
    writeFileSync(join(into, first), '')
    writeFileSync(join(into, nextBackupName([], `${LABEL}-1`, at(2026), true)), '')
    writeFileSync(join(into, `${LABEL}-notes.txt`), '')
    const existing = listBackups(into, LABEL)
    expect(existing).toMatchObject([{ number: 1, atMs: at(2099), automatic: true }])
    expect(nextBackupName(existing, LABEL, at(2026), true)).toMatch(/-000002-2026/)
    expect(listBackups(join(into, 'nowhere'), LABEL)).toEqual([])
  })

  it('follow what a person asked for: a folder or a file', () => {
    mkdirSync(into)
    const inside = /\/backups\/outpost-cloud-000001-\d{8}T\d{6}Z\.sqlite$/
    expect(backupTarget(into, 'outpost-cloud', undefined, nowMs)).toMatch(inside)
    expect(backupTarget('/elsewhere', 'outpost-cloud', into, nowMs)).toMatch(inside)
    expect(backupTarget('/elsewhere', 'outpost-cloud', join(into, 'mine.db'), nowMs)).toBe(join(into, 'mine.db'))
    expect(backupTarget('/elsewhere', 'outpost-cloud', `${into}/new/`, nowMs)).toMatch(/\/new\/outpost-cloud-000001/)
  })
})

it('a backup of an earlier store is no obstacle to the next one', async () => {
  const backups = open({})
  const { file } = await backups.make()
  await expect(backUp({ source: store, file })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION' })
  expect((await backups.make()).file).not.toBe(file)
})

/** Ends one sleep of the loop after the other, when it is told to. */
class SteppedClock {
  #sleeping: { end: () => void } | undefined
  #asleep: (() => void) | undefined

  readonly sleep = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const stopped = () => reject(new Error('stopped'))
      signal.addEventListener('abort', stopped)
      this.#sleeping = {
        end: () => {
          signal.removeEventListener('abort', stopped)
          resolve()
        },
      }
      this.#asleep?.()
    })

  /** Resolves when the loop sleeps the next time. */
  async next(): Promise<void> {
    const asleep = new Promise<void>((resolve) => (this.#asleep = resolve))
    const sleeping = this.#sleeping
    this.#sleeping = undefined
    sleeping?.end()
    await asleep
  }
}

function open(options: Partial<ConstructorParameters<typeof Backups>[0]>): Backups {
  const backups = new Backups({
    source: store,
    identity: IDENTITY,
    folder: into,
    nowMs: () => nowMs,
    monotonicMs: () => monotonicMs,
    log: SILENT,
    ...options,
  })
  started.push(backups)
  return backups
}

function name(number: number, atMs: number, automatic: boolean): string {
  const before = [{ number: number - 1 }]
  return nextBackupName(before, LABEL, atMs, automatic)
}

function statusError(backups: Backups): string | undefined {
  try {
    return backups.status().lastError?.message
  } catch (error) {
    return String(error)
  }
}

function quiet(): void {}
