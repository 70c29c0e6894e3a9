/** What commands that look at nodes say where they cannot: that none runs is a claim too. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStoppedLog } from '../../adapters/cli/stopped-log.ts'
import { SYNC_LOG_FILE, SyncLog } from '../../adapters/synclog/sync-log.ts'
import { OUTPOST, temporaryFolder } from '../support/node-process.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
/** `nobody`; only root may become somebody else. */
const OTHER = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => {
  chmodSync(folder.path, 0o700)
  folder.remove()
})

describe('the log of a node that does not answer', () => {
  test('is none where there is none, and is read where the node has stopped', () => {
    expect(openStoppedLog(folder.path)).toBeUndefined()
    new SyncLog({ file: join(folder.path, SYNC_LOG_FILE), log: SILENT, nowMs: () => 0 }).close()
    const db = openStoppedLog(folder.path)!
    expect(db.readonly).toBe(true)
    db.close()
  })

  test('shows that the node is there where it has its log for itself', () => {
    const syncLog = new SyncLog({ file: join(folder.path, SYNC_LOG_FILE), log: SILENT, nowMs: () => 0 })
    expect(() => openStoppedLog(folder.path)).toThrow('does not answer')
    syncLog.close()
  })
})

test('a user who may not look into the folder is told so, and not that no node runs', () => {
  const home = join(folder.path, 'home')
  mkdirSync(join(home, 'cloud'), { recursive: true })
  writeFileSync(join(home, 'cloud', 'node.json'), '{}')
  chmodSync(folder.path, 0o755)
  chmodSync(join(home, 'cloud'), isRoot ? 0o700 : 0o000)
  try {
    for (const command of ['status', 'log']) {
      const options = { env: { ...process.env, OUTPOST_HOME: home }, encoding: 'utf8', ...(isRoot && OTHER) } as const
      const { status, stderr } = spawnSync(process.execPath, [OUTPOST, command], options)
      expect([status, stderr]).toEqual([1, expect.stringContaining('[PATH_UNUSABLE]')])
    }
  } finally {
    chmodSync(join(home, 'cloud'), 0o700)
  }
})

test('a variable OUTPOST_HOME without a value names no folder', () => {
  const options = { env: { ...process.env, OUTPOST_HOME: '' }, cwd: folder.path, encoding: 'utf8' } as const
  const { stderr } = spawnSync(process.execPath, [OUTPOST, 'status'], options)
  expect(stderr).toContain(`no node runs on ${join('outpost-data', 'cloud')}`)
})
