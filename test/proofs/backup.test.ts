import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { BackupReport, StoreFacts } from '../../schemas/protocol/backup.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { killAllNodes, OUTPOST, runCommand, startNode, temporaryFolder } from '../support/node-process.ts'
import { testProduct } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const folder = temporaryFolder()

afterEach(killAllNodes)
afterAll(folder.remove)

describe('outpost backup', () => {
  it('does the same with the node running and stopped', async () => {
    const data = inFolder('same')
    const cloud = await startNode(['cloud', 'start', '--data', data])
    await cloud.post('/api/import', [testProduct('1').record])
    const running = await backup('--data', data)
    const { backup: told } = await cloud.get<CloudNodeStatus>('/api/status')
    expect(told).toMatchObject({ state: 'waiting', last: { file: running.file, bytes: running.bytes } })
    const inWords = await runCommand(['status', '--data', data])
    expect(inWords.stdout).toContain(running.file)
    await cloud.stop()
    const stopped = await backup('--data', data)
    for (const report of [running, stopped]) {
      expect(report).toMatchObject({ identity: { node: 'cloud' }, documents: { products: 1 }, seq: running.seq })
      expect(report.bytes).toBe(statSync(report.file).size)
    }
    expect(stopped.epoch).toBe(running.epoch)
    expect(readdirSync(join(data, 'backups'))).toHaveLength(2)
    const words = await runCommand(['backup', '--data', data])
    expect([words.code, words.stdout]).toEqual([
      0,
      expect.stringMatching(/headquarters, .*\n.*MB\n.*seq.*\n.*products 1/),
    ])
  })

  it('writes where it is told, and over nothing', async () => {
    const data = await cloudData('target')
    const file = inFolder('target.sqlite')
    expect((await backup('--data', data, '--to', file)).file).toBe(file)
    const before = readFileSync(file)
    const again = await runCommand(['backup', '--data', data, '--to', file])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('exists already')])
    expect(readFileSync(file).equals(before)).toBe(true)
    expect((await backup('--data', data, '--to', `${inFolder('elsewhere')}/`)).file).toMatch(
      /\/elsewhere\/outpost-cloud/,
    )
    const cloud = await startNode(['cloud', 'start', '--data', data])
    const taken = await runCommand(['backup', '--data', data, '--to', file, '--json'])
    expect(JSON.parse(taken.stderr)).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'to' })
    expect((await cloud.get<CloudNodeStatus>('/api/status')).backup).not.toHaveProperty('lastError')
  })

  it('checks a file without a node', async () => {
    const made = await backup('--data', await cloudData('checked'))
    const good = await runCommand(['backup', '--check', made.file, '--json'])
    const { epoch, seq, documents, identity } = made
    expect(JSON.parse(good.stdout)).toMatchObject({ epoch, seq, documents, identity })
    writeFileSync(inFolder('bad.sqlite'), readFileSync(made.file).subarray(0, 50_000))
    const bad = await runCommand(['backup', '--check', inFolder('bad.sqlite')])
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('BACKUP_INVALID')])
  })

  it('says that there is no store, and leaves nothing there', async () => {
    const { code, stderr } = await runCommand(['backup', '--data', inFolder('nowhere')])
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no store')])
    expect(existsSync(inFolder('nowhere'))).toBe(false)
  })

  it('on a disk that takes no more says so and leaves nothing that looks like a backup', async () => {
    const data = await cloudData('full')
    const older = await backup('--data', data)
    // The disk writes no file beyond the limit, in blocks of 512 bytes.
    const script = `ulimit -f ${Math.floor(older.bytes / 2 / 512)}; exec "$0" "$1" backup --data "$2" --json`
    const args = ['-c', script, process.execPath, OUTPOST, data]
    const failed = await promisify(execFile)('sh', args).then(
      () => undefined,
      (error: { stderr: string }) => JSON.parse(error.stderr) as object,
    )
    expect(failed).toMatchObject({ code: 'BACKUP_FAILED', message: expect.stringContaining('disk') as string })
    expect(readdirSync(join(data, 'backups'))).toEqual([older.file.slice(older.file.lastIndexOf('/') + 1)])
  })

  it('is given up when whoever asked for it has gone', async () => {
    const data = inFolder('gone')
    const cloud = await startNode(['cloud', 'start', '--data', data])
    const gone = new AbortController()
    await cloud.ask('/api/backups', { method: 'POST', signal: gone.signal })
    gone.abort()
    const { backup: after } = await statusWhere<CloudNodeStatus>(cloud, (status) => status.backup?.state === 'waiting')
    expect(after).not.toHaveProperty('last')
    expect(after).not.toHaveProperty('lastError')
    expect(readdirSync(join(data, 'backups'))).toEqual([])
  })

  it('is refused an hour that is none, and makes none by itself when it is off', async () => {
    const wrong = await runCommand(['cloud', 'start', '--backup-at', '24', '--data', inFolder('hour')])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('an hour from 0 to 23, or off')])
    const flags = ['--backup-at', 'off', '--backup-to', inFolder('off-backups')]
    const cloud = await startNode(['cloud', 'start', '--data', inFolder('off'), ...flags])
    expect((await cloud.get<CloudNodeStatus>('/api/status')).backup).toEqual({
      state: 'off',
      identity: { node: 'cloud', chain: expect.any(String) as string },
      folder: inFolder('off-backups'),
    })
    const made = await backup('--data', inFolder('off'))
    expect(made.file).toMatch(/\/off-backups\/outpost-cloud-[0-9a-f]{8}-000001-/)
  })
})

describe('outpost restore', () => {
  it('is refused while the node runs and when nobody says yes, and then done', async () => {
    const data = await cloudData('restored')
    const { file } = await backup('--data', data)
    const restore = (...flags: string[]) => runCommand(['restore', file, '--data', data, ...flags])
    const cloud = await startNode(['cloud', 'start', '--data', data])
    await cloud.post('/api/import', [testProduct('2').record])
    const running = await restore('--yes')
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('STORE_LOCKED')])
    await cloud.stop()
    const unasked = await restore()
    expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining('Say --yes to do it')])
    const done = await restore('--yes', '--json')
    expect(done.code).toBe(0)
    const { replaced, documents } = JSON.parse(done.stdout) as StoreFacts & { replaced: string }
    expect(documents['products']).toBe(1)
    const back = await runCommand(['restore', replaced, '--data', data, '--yes'])
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining(`outpost cloud start --data ${data}`)])
    const again = await startNode(['cloud', 'start', '--data', data])
    expect((await again.get<CloudNodeStatus>('/api/status')).collections['products']!.documents).toBe(2)
  })

  it('replaces a store that cannot be read only with --yes, and says that nobody knows whose it is', async () => {
    const data = await cloudData('damaged')
    const { file } = await backup('--data', data)
    writeFileSync(join(data, 'store.sqlite'), 'no longer a store')
    const asked = await runCommand(['restore', file, '--data', data])
    expect([asked.code, asked.stderr]).toEqual([
      1,
      expect.stringMatching(/cannot be read, and whose it is is unknown.*Say --yes/),
    ])
    expect(readFileSync(join(data, 'store.sqlite'), 'utf8')).toBe('no longer a store')
    expect((await runCommand(['restore', file, '--data', data, '--yes'])).code).toBe(0)
  })

  it('says what is wrong with a file as JSON too', async () => {
    writeFileSync(inFolder('letter.txt'), 'Dear Sir or Madam')
    const { code, stderr } = await runCommand(['restore', inFolder('letter.txt'), '--data', inFolder('none'), '--json'])
    expect([code, JSON.parse(stderr)]).toEqual([1, expect.objectContaining({ code: 'BACKUP_INVALID' })])
    expect(existsSync(inFolder('none'))).toBe(false)
    expect((await runCommand(['restore', inFolder('letter.txt')])).code).toBe(2)
  })
})

/** The data of a headquarters with one product, stopped. */
async function cloudData(name: string): Promise<string> {
  const cloud = await startNode(['cloud', 'start', '--data', inFolder(name)])
  await cloud.post('/api/import', [testProduct('1').record])
  await cloud.stop()
  return inFolder(name)
}

async function backup(...flags: string[]): Promise<BackupReport> {
  const { code, stdout, stderr } = await runCommand(['backup', ...flags, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as BackupReport
}

function inFolder(name: string): string {
  return join(folder.path, name)
}
