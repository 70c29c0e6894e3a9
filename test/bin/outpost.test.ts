/** The `outpost` command where whoever reads it has gone, as `head` has once it has enough. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pino from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SYNC_LOG_FILE, SyncLog } from '../../adapters/synclog/sync-log.ts'
import { OUTPOST, runCommand, temporaryFolder } from '../support/node-process.ts'

const ENTRY = {
  at: new Date().toISOString(),
  branchId: 'north',
  kind: 'push',
  sent: 1,
  received: 0,
  bytesSent: 100,
  bytesReceived: 50,
  ms: 4,
  outcome: 'ok',
} as const

let folder: ReturnType<typeof temporaryFolder>

beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => folder.remove())

/** Nobody reads one of its streams; resolves with its exit code and what came on the other one. */
async function unread(which: 'stdout' | 'stderr', args: readonly string[]) {
  const child = spawn(process.execPath, [OUTPOST, ...args, '--data', folder.path], {
    env: { ...process.env, MYSQL_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child[which].destroy()
  let other = ''
  child[which === 'stdout' ? 'stderr' : 'stdout'].on('data', (chunk: Buffer) => (other += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, other }
}

test('a command whose reader has gone does its work and ends without a word', async () => {
  expect(await unread('stdout', ['cloud', 'branch', 'add', 'north', '--name', 'North'])).toEqual({ code: 0, other: '' })
  expect((await runCommand(['cloud', 'branch', 'list', '--data', folder.path])).stdout).toContain('north')
  expect(await unread('stderr', ['status'])).toEqual({ code: 1, other: '' })
})

test('a log that is followed keeps its file from no node, and goes on with what that wrote', async () => {
  const said: string[] = []
  const open = () =>
    new SyncLog({
      file: join(folder.path, SYNC_LOG_FILE),
      log: pino({ level: 'warn' }, { write: (line) => void said.push(line) }),
      nowMs: () => Date.now(),
    })
  const before = open()
  before.note({ ...ENTRY, requestId: 'r1' }, { documents: [], delaysMs: [] })
  before.close()
  const child = spawn(process.execPath, [OUTPOST, 'log', '--follow', '--json', '--data', folder.path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (JSON.parse((await lines.next()).value as string) as { requestId: string }).requestId
  try {
    expect(await next()).toBe('r1')
    const node = open()
    node.note({ ...ENTRY, requestId: 'r2' }, { documents: [], delaysMs: [] })
    await vi.waitFor(() => expect(node.list({ limit: 10 }).entries).toHaveLength(2), { timeout: 20_000 })
    node.close()
    expect(await next()).toBe('r2')
    expect(said.join()).not.toContain('missing')
  } finally {
    child.kill('SIGINT')
    await once(child, 'close')
  }
})

test('what would go on until Ctrl-C ends with its reader', async () => {
  const log = new SyncLog({
    file: join(folder.path, SYNC_LOG_FILE),
    log: pino({ level: 'silent' }),
    nowMs: () => Date.now(),
  })
  log.note({ ...ENTRY, requestId: 'r1' }, { documents: [], delaysMs: [] })
  log.close()
  expect(await unread('stdout', ['log', '--follow'])).toEqual({ code: 0, other: '' })
})
