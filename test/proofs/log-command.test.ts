/** `outpost log` as people type it: on the file of a stopped node, asked of one that runs, and followed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import { SYNC_LOG_FILE, SyncLog } from '../../adapters/synclog/sync-log.ts'
import type { SyncNote } from '../../adapters/synclog/sync-recorder.ts'
import type { SyncLogEntry, SyncLogPage } from '../../schemas/protocol/sync-log.ts'
import {
  killAllNodes,
  OUTPOST,
  runCommand,
  startNode,
  temporaryFolder,
  type NodeProcess,
} from '../support/node-process.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const START_MS = Date.parse('2026-03-01T10:00:00.000Z')

let folder: ReturnType<typeof temporaryFolder>

beforeAll(() => void (folder = temporaryFolder()))
afterAll(async () => {
  await killAllNodes()
  folder.remove()
})

function log(data: string, ...args: readonly string[]) {
  return runCommand(['log', '--data', join(folder.path, data), ...args])
}

async function entriesOf(data: string, ...args: readonly string[]): Promise<SyncLogEntry[]> {
  const { code, stdout, stderr } = await log(data, '--json', ...args)
  expect([code, stderr]).toEqual([0, ''])
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as SyncLogEntry]))
}

const ids = (entries: readonly SyncLogEntry[]) => entries.map(({ requestId }) => requestId)

describe('the log of a stopped node', () => {
  beforeAll(() => {
    const syncLog = new SyncLog({ file: join(folder.path, SYNC_LOG_FILE), log: SILENT, nowMs: () => START_MS })
    const note = (requestId: string, changed: Partial<SyncNote> = {}, id?: string) => {
      const documents = id === undefined ? [] : [{ collection: 'orders', id, seq: 7 }]
      const size = { bytesSent: 100, bytesReceived: 50, ms: 4 }
      syncLog.note(
        {
          at: new Date(START_MS).toISOString(),
          branchId: 'north',
          kind: 'push',
          class: 80,
          sent: documents.length,
          received: 0,
          ...size,
          outcome: 'ok',
          requestId,
          ...changed,
        },
        { documents, delaysMs: [] },
      )
    }
    note('a', { outcome: 'failed', code: 'TOO_BUSY' }, 'o1')
    note('a', { outcomes: { applied: 1 } }, 'o1')
    note('b', { branchId: 'south', kind: 'pull' }, 'o2')
    note('c', { outcome: 'failed', code: 'LINK_FAILED' })
    note('d', { kind: 'mirror', mirror: 'legacy', at: new Date(START_MS + 60_000).toISOString() }, 'o1')
    syncLog.close()
  })

  test('stands in lines for people, the newest last', async () => {
    const { code, stdout } = await log('.')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.split(/\s{2,}/).at(-1))).toEqual(['a', 'a', 'b', 'c', 'd'])
    expect(lines[1]).toMatch(
      /^ +2 +2026-03-01 10:00:00\.000 +north +push 80 +1 sent, 0 received \(1 applied\) +100\/50 B +4 ms +ok +a$/,
    )
    expect(lines[0]).toContain('TOO_BUSY')
  })

  test('is searched by branch, kind, failure, code, document and time, and cut to so many', async () => {
    expect(ids(await entriesOf('.', '--branch', 'south'))).toEqual(['b'])
    expect(ids(await entriesOf('.', '--kind', 'mirror'))).toEqual(['d'])
    expect(ids(await entriesOf('.', '--from', '2026-03-01 10:01Z'))).toEqual(['d'])
    expect(ids(await entriesOf('.', '--to', '2026-03-01T10:01:00Z', '--kind', 'push'))).toEqual(['a', 'a', 'c'])
    expect(ids(await entriesOf('.', '--failed'))).toEqual(['a', 'c'])
    expect(ids(await entriesOf('.', '--code', 'LINK_FAILED'))).toEqual(['c'])
    expect(ids(await entriesOf('.', '--document', 'orders/o1'))).toEqual(['a', 'a', 'd'])
    expect(ids(await entriesOf('.', '--limit', '2'))).toEqual(['c', 'd'])
  })

  test('tells what became of a request, with the documents that it carried', async () => {
    const entries = await entriesOf('.', '--request', 'a')
    expect(ids(entries)).toEqual(['a', 'a', 'd'])
    expect(entries[1]).toMatchObject({ number: 2, documents: [{ collection: 'orders', id: 'o1', seq: 7 }] })
    expect((await log('.', '--request', 'a')).stdout).toContain('orders/o1 seq 7')
    expect(await log('.', '--request', 'z')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NOT_FOUND') as string,
    })
  })

  test('is not asked for what nothing can be', async () => {
    for (const [flag, value, said] of [
      ['--document', 'o1', 'orders/o-1'],
      ['--limit', '0', '1 to 1000'],
      ['--code', 'NO_SUCH_CODE', 'docs/errors.md'],
      ['--code', 'toString', 'docs/errors.md'],
      ['--request', '../../x', '64 letters'],
      ['--kind', 'nonsense', 'Allowed choices are push, pull'],
      ['--from', 'yesterday', 'such as 2026-11-22T18:30'],
      ['--to', '2026-13-01', 'such as 2026-11-22T18:30'],
    ] as const) {
      expect(await log('.', flag, value)).toMatchObject({ stdout: '', stderr: expect.stringContaining(said) as string })
    }
    for (const [...flags] of [
      ['--failed', '--refused'],
      ['--request', 'a', '--follow'],
      ['--request', 'a', '--branch', 'north'],
    ]) {
      const { code, stderr } = await log('.', ...flags)
      expect([code, stderr]).toEqual([2, expect.stringContaining('cannot be used with')])
    }
    const { code, stderr } = await log('nowhere')
    expect([code, stderr]).toEqual([1, expect.stringContaining('none has left a sync log there')])
  })
})

describe('the log of a node that runs', () => {
  let cloud: NodeProcess

  beforeAll(async () => {
    cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud'), '--port', '0'])
    await write('p1')
  }, 60_000)

  const write = (id: string) => cloud.post('/api/documents/products', { id, name: 'Tea', price: 1200, currency: 'CNY' })

  test('is asked of it', async () => {
    const { entries } = await cloud.get<SyncLogPage>('/api/sync-log?document=products/p1')
    expect(await entriesOf('cloud', '--document', 'products/p1')).toEqual(entries)
    const { at } = entries[0]!
    expect(await entriesOf('cloud', '--kind', 'write', '--from', at)).toEqual(entries)
    expect(await entriesOf('cloud', '--to', at)).toEqual([])
    expect(entries).toMatchObject([{ kind: 'write', outcome: 'ok' }])
  })

  test('of a branch that headquarters does not know is refused: nothing in the log would say that all is well', async () => {
    const { code, stdout, stderr } = await log('cloud', '--branch', 'nope')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('[BRANCH_UNKNOWN]')
    await cloud.post('/api/branches', { id: 'north', name: 'North' })
    expect(await log('cloud', '--branch', 'north')).toMatchObject({
      code: 0,
      stderr: 'nothing that fits is in the log\n',
    })
  })

  test('of a process that stands still is not taken for that of a stopped one, and neither is its status', async () => {
    const { pid } = readNodeFile(cloud.dataDir)!
    process.kill(pid, 'SIGSTOP')
    try {
      for (const command of ['log', 'status']) {
        const { code, stdout, stderr } = await runCommand([command, '--data', cloud.dataDir])
        expect([code, stdout]).toEqual([1, ''])
        expect(stderr).toContain('does not answer')
        expect(stderr).toContain('[NODE_STARTING]')
      }
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect(await log('cloud')).toMatchObject({ code: 0 })
  }, 30_000)

  test('is followed: what comes is printed once, in its order, until whoever reads it has enough', async () => {
    const args = [OUTPOST, 'log', '--follow', '--json', '--data', join(folder.path, 'cloud'), '--limit', '1']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse((await lines.next()).value as string) as SyncLogEntry
    try {
      const { number } = await next()
      for (const id of ['p2', 'p3', 'p4']) await write(id)
      const numbers = [(await next()).number, (await next()).number, (await next()).number]
      expect(numbers).toEqual([number + 1, number + 2, number + 3])
    } finally {
      child.kill('SIGINT')
      await once(child, 'close')
    }
  }, 60_000)
})
