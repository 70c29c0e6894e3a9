import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backupTarget, listBackups, nextBackupName } from '../../../adapters/node/backup-files.ts'
import { Backups } from '../../../adapters/node/backups.ts'
import type { Log } from '../../../adapters/log.ts'
import { backUp, type BackupSource } from '../../../adapters/sqlite/backup.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const DAY_MS = 24 * 3_600_000
const IDENTITY = { node: 'branch', branchId: 'north', chain: '0' } as const
const SILENT: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

let folder: { path: string; remove: () => void }
let store: Store
let into: string
let nowMs: number
let started: Backups[]

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  into = join(folder.path, 'backups')
  nowMs = new Date(2026, 2, 2, 12).getTime()
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
    }
    await clock.next()
    const files = listBackups(into, 'outpost-branch-north')
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
    expect(backups.status()).toEqual({ state: 'off', folder: into })
    const told: number[] = []
    const { file } = await backups.make({ onProgress: (progress) => told.push(progress) })
    expect(told.at(-1)).toBe(1)
    expect(backups.status()).toMatchObject({ state: 'off', last: { file, bytes: statSync(file).size } })
    expect(listBackups(into, 'outpost-branch-north')).toMatchObject([{ number: 1, automatic: false }])
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
    const left = listBackups(into, 'outpost-branch-north')
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
    expect(listBackups(into, 'outpost-branch-north')).toHaveLength(1)
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

describe('the names of backups', () => {
  it('go on counting, whatever the clock says, and tell nodes apart that share a folder', async () => {
    mkdirSync(into)
    const at = (year: number) => new Date(Date.UTC(year, 0, 2, 3, 4, 5)).getTime()
    const first = nextBackupName([], 'outpost-branch-north', at(2099), true)
    expect(first).toBe('outpost-branch-north-000001-20990102T030405Z-auto.sqlite')
    writeFileSync(join(into, first), '')
    writeFileSync(join(into, nextBackupName([], 'outpost-branch-north-1', at(2026), true)), '')
    writeFileSync(join(into, 'outpost-branch-north-notes.txt'), '')
    const existing = listBackups(into, 'outpost-branch-north')
    expect(existing).toMatchObject([{ number: 1, atMs: at(2099), automatic: true }])
    expect(nextBackupName(existing, 'outpost-branch-north', at(2026), true)).toMatch(/-000002-2026/)
    expect(listBackups(join(into, 'nowhere'), 'outpost-branch-north')).toEqual([])
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
    log: SILENT,
    ...options,
  })
  started.push(backups)
  return backups
}

function name(number: number, atMs: number, automatic: boolean): string {
  const before = [{ file: '', number: number - 1, atMs: 0, automatic: true, bytes: 0 }]
  return nextBackupName(before, 'outpost-branch-north', atMs, automatic)
}

function quiet(): void {}
