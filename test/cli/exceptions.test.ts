import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommanderError } from 'commander'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createExceptionsCommand } from '../../adapters/cli/exceptions-command.ts'
import type { StoppedNodes } from '../../adapters/cli/exception-node.ts'
import type { Terminal } from '../../adapters/cli/member-terminal.ts'
import { branchExceptions } from '../../adapters/exchange/branch-exceptions.ts'
import { BranchSide } from '../../adapters/exchange/branch-side.ts'
import type { ExceptionDesk } from '../../adapters/exchange/exception-desk.ts'
import { cloudExceptions } from '../../adapters/exchange/cloud-exceptions.ts'
import { Exceptions, type Failure } from '../../adapters/exchange/exceptions.ts'
import { createReplica, declarationOf } from '../../adapters/exchange/replica.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { takeKept } from '../../adapters/http/exception-retry.ts'
import { addExceptionRoutes } from '../../adapters/http/exception-routes.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { writeNodeFile } from '../../adapters/node/node-file.ts'
import { WriterClock } from '../../adapters/rxdb/writer-clock.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { IDENTITY_SETTINGS, readIdentity } from '../../adapters/sqlite/store-identity.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ExceptionDetail, ExceptionPage, DiscardOutcome } from '../../schemas/protocol/exceptions.ts'
import { serve } from '../support/member-desks.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { CHAIN_KEY } from '../support/simulated-chain.ts'
import { testOrder } from '../support/real-chain.ts'

const PHONE = '+8613957041207'
const SPOKEN = /1395704|139 5704/

let folder: { path: string; remove: () => void }
let closing: (() => void)[]

beforeEach(() => {
  folder = temporaryFolder()
  closing = []
})

afterEach(() => {
  for (const close of closing.toReversed()) close()
  folder.remove()
  vi.restoreAllMocks()
  process.exitCode = undefined
})

function open(
  dataDir: string,
  node: 'branch' | 'cloud',
): { store: Store; exceptions: ExceptionDesk; close: () => void } {
  const store = new Store({
    file: join(dataDir, 'store.sqlite'),
    declarations: COLLECTIONS,
    tracksPending: node === 'branch',
  })
  const facts = node === 'branch' ? { branchId: 'b1', chainKey: CHAIN_KEY } : { key: CHAIN_KEY }
  store.transaction('setting', () => store.writeSetting(IDENTITY_SETTINGS[node], JSON.stringify(facts)))
  const replica = createReplica({
    store,
    clock: new WriterClock({ writer: 'wwwwwww1' as WriterId }),
    chainKey: CHAIN_KEY,
  })
  const parts = { replica, exceptions: new Exceptions(store) }
  const take = takeKept(parts, (branchId) => ({ branchId, scopes: ['shared', branchId] }))
  const exceptions =
    node === 'branch'
      ? branchExceptions(new BranchSide(replica, 'b1', new IdentityBook(store)), { take, wake: () => undefined })
      : cloudExceptions(parts, { take })
  return { store, exceptions, close: () => store.close() }
}

const stopped: StoppedNodes = {
  cloud: (dataDir) => Promise.resolve(open(dataDir, 'cloud')),
  branch: (dataDir) => Promise.resolve(open(dataDir, 'branch')),
}

interface Said {
  code: number
  stdout: string
  stderr: string
}

/** Runs `outpost exceptions …` in this process. */
async function exceptions(args: readonly string[], types?: string): Promise<Said> {
  const said: Said = { code: 0, stdout: '', stderr: '' }
  const terminal: Terminal = {
    isInteractive: types !== undefined,
    ask: () => Promise.resolve(types ?? ''),
    readInput: () => Promise.resolve(''),
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text)
      return true
    })
  }
  process.exitCode = undefined
  try {
    const command = createExceptionsCommand(stopped, terminal)
    for (const sub of command.commands) sub.exitOverride()
    await command.parseAsync(args, { from: 'user' })
    said.code = process.exitCode ?? 0
  } catch (error) {
    // What `bin/outpost.ts` makes exit code 2.
    if (!(error as CommanderError).code?.startsWith('commander.')) throw error
    said.code = 2
  } finally {
    process.exitCode = undefined
    vi.restoreAllMocks()
  }
  return said
}

/** A branch with a refused order, a product that it cannot take, and a member that a till had sent. */
function branch(): void {
  const { store, close } = open(folder.path, 'branch')
  const noted = new Exceptions(store)
  const replica = createReplica({
    store,
    clock: new WriterClock({ writer: 'wwwwwww2' as WriterId }),
    chainKey: CHAIN_KEY,
  })
  const note = (failure: Partial<Failure>, atMs: number, tries: number) =>
    noted.fail(
      { direction: 'push', branchId: 'b1', collection: 'orders', id: '?', code: 'SCOPE', reason: 'r', ...failure },
      atMs,
      tries,
    )
  store.transaction('test', (write) => {
    const order = testOrder('o1', 'b1')
    const written = writeDocument(replica, write, declarationOf(replica, 'orders'), 'o1', () => order)
    if (written.outcome === 'refused') throw new Error(written.refusal.reason)
    store.table('orders').settle(write, 'o1', written.seq, ROW_STATE.parked)
    const document = JSON.stringify(order)
    note(
      { id: 'o1', seq: written.seq, code: 'BALANCE_RANGE', field: 'pointsEarned', reason: 'too much', document },
      3,
      3,
    )
    note({ direction: 'pull', collection: 'products', id: 'p1', code: 'DOCUMENT_INVALID', reason: 'no price' }, 2, 1)
    const member = JSON.stringify({ id: 'f'.repeat(32), name: 'Li', phone: PHONE, clock: { r: {} } })
    const sent = { direction: 'client', collection: 'members', id: 'f'.repeat(32), document: member } as const
    note({ ...sent, code: 'MEMBER_ID_MISMATCH', field: 'id', reason: `not of ${PHONE}` }, 1, 3)
  })
  close()
}

async function start(): Promise<void> {
  const { store, exceptions: desk, close } = open(folder.path, 'branch')
  const identity = readIdentity(store)!
  const server = await serve((routes) => {
    routes.app.get('/api/status', (_req, res) => void res.json({ node: 'branch', backup: { identity } }))
    addExceptionRoutes(routes, desk, { look: 'cashier', act: 'manager' })
  })
  writeNodeFile(folder.path, { node: 'branch', url: server.url, token: 'token', pid: process.pid, identity })
  closing.push(close, server.close)
}

describe.each(['stopped', 'running'])('outpost exceptions at a branch that is %s', (how) => {
  let data: string[]
  beforeEach(async () => {
    branch()
    if (how === 'running') await start()
    data = ['--data', folder.path]
  })
  const list = async (...flags: string[]) => {
    const { stdout } = await exceptions(['list', ...flags, ...data, '--json'])
    return JSON.parse(stdout) as ExceptionPage
  }
  const idOf = async (documentId: string) =>
    (await list()).exceptions.find((one) => one.documentId.startsWith(documentId))!.id

  it('lists what failed, newest first, with the reason and what can be done, and without a phone', async () => {
    const { code, stdout } = await exceptions(['list', ...data])
    expect(code).toBe(0)
    expect(stdout.match(/^x\w+ .*$/gm)!.map((head) => head.replace(/^x\w+ /, ''))).toEqual([
      ' 1970-01-01 00:00 UTC  orders o1  waits for a person',
      ' 1970-01-01 00:00 UTC  products p1  tried again by itself, failed once',
      ` 1970-01-01 00:00 UTC  members ${'f'.repeat(32)}  waits for a person`,
    ])
    expect(stdout).toContain('headquarters refuses what this branch has written')
    expect(stdout).toContain('pointsEarned: too much [BALANCE_RANGE]')
    expect(stdout).toContain('Correct the amounts of the documents')
    expect(stdout).toContain("headquarters' state takes its place here")
    expect(stdout).not.toMatch(SPOKEN)
  })

  it('lists a part of them and says how to go on', async () => {
    const { stdout } = await exceptions(['list', '--limit', '2', ...data])
    const [, after] = /--after (\S+) --data/.exec(stdout)!
    expect((await list('--after', after!)).exceptions.map(({ collection }) => collection)).toEqual(['members'])
    expect((await list('--waiting')).exceptions.map(({ documentId }) => documentId)).toEqual(['p1'])
    expect((await list('--collection', 'orders')).exceptions).toHaveLength(1)
    expect((await list('--branch', 'b9')).exceptions).toEqual([])
    expect((await exceptions(['list', '--branch', 'b9', ...data])).stdout).toBe('no exceptions\n')
  })

  it('shows several with their states, phones masked, and how they stand here', async () => {
    const ids = [await idOf('o1'), (await idOf('ffff')).slice(0, 6)]
    const { stdout } = await exceptions(['show', ...ids, ...data])
    expect(stdout).toContain('kept back: it is not sent')
    expect(stdout).toContain('is not here')
    expect(stdout).toContain('139****1207')
    expect(stdout).not.toMatch(SPOKEN)
    const lines = (await exceptions(['show', ...ids, ...data, '--json'])).stdout.trim().split('\n')
    expect(lines.map((text) => (JSON.parse(text) as ExceptionDetail).standing)).toEqual(['parked', 'absent'])
  })

  it('retries one, says what becomes of it, and tells when it is refused once more', async () => {
    const dry = await exceptions(['retry', await idOf('o1'), '--dry-run', ...data])
    expect(dry.stdout).toContain('would do: it is sent once more with the next cycle')
    expect((await list()).exceptions[0]).toMatchObject({ standing: 'parked', tries: 3 })
    expect((await exceptions(['retry', await idOf('o1'), ...data])).code).toBe(0)
    expect((await list('--collection', 'orders')).exceptions[0]).toMatchObject({
      standing: 'retry',
      tries: 0,
      waiting: true,
    })
    const refused = await exceptions(['retry', await idOf('ffff'), ...data])
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('was refused once more')])
    expect(refused.stdout).not.toMatch(SPOKEN)
  })

  it('retries all that wait for a person', async () => {
    const { code, stdout } = await exceptions(['retry', '--all', ...data])
    expect([code, stdout]).toEqual([3, '1 are tried again; 1 were refused once more\n'])
    const json = await exceptions(['retry', '--all', '--collection', 'orders', ...data, '--json'])
    expect(JSON.parse(json.stdout)).toEqual({ dryRun: false, retried: 0, refused: 0, skipped: 0 })
  })

  it('discards one only after a yes, and prints all that is left of it', async () => {
    const id = await idOf('ffff')
    expect(await exceptions(['discard', id, ...data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--yes') as string,
    })
    expect(await exceptions(['discard', id, ...data], 'n')).toMatchObject({ code: 1, stdout: 'nothing has changed\n' })
    const dry = await exceptions(['discard', id, '--dry-run', ...data, '--json'])
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, does: 'forget' })
    expect((await list()).exceptions).toHaveLength(3)
    const { code, stdout } = await exceptions(['discard', id, ...data], 'yes')
    expect(code).toBe(0)
    const audit = JSON.parse(stdout.trim().split('\n').at(-1)!) as DiscardOutcome
    expect(audit).toMatchObject({ does: 'forget', discarded: { id, document: { name: 'Li', phone: PHONE } } })
    expect((await list()).exceptions).toHaveLength(2)
    expect(await exceptions(['discard', id, '--yes', ...data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EXCEPTION_UNKNOWN') as string,
    })
  })

  it('exports all of them whole, as lines of JSON and as CSV, to the output and to a file that is replaced at once', async () => {
    const lines = (await exceptions(['export', ...data])).stdout.trim().split('\n')
    expect(lines.map((text) => JSON.parse(text) as { documentId: string })).toMatchObject([
      { documentId: 'o1', document: { number: 'o1' } },
      { documentId: 'p1' },
      { collection: 'members', document: { phone: PHONE } },
    ])
    const file = join(folder.path, 'exceptions.csv')
    writeFileSync(file, 'old')
    const { stdout } = await exceptions(['export', '--csv', '--to', file, ...data])
    expect(stdout).toBe(`3 exceptions in ${file}\n`)
    const rows = parse<Record<string, string>>(readFileSync(file, 'utf8'), { columns: true })
    expect(rows.map(({ documentId }) => documentId)).toEqual(['o1', 'p1', 'f'.repeat(32)])
    expect(JSON.parse(rows[0]!['document']!)).toMatchObject({ number: 'o1' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const missing = join(folder.path, 'missing', 'exceptions.csv')
    expect((await exceptions(['export', '--to', missing, ...data])).code).toBe(1)
    expect(existsSync(missing)).toBe(false)
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

describe('outpost exceptions', () => {
  it('refuses a phone where an id belongs, without repeating it, and what is no id', async () => {
    branch()
    for (const words of [
      ['show', PHONE],
      ['retry', '13957041207'],
      ['discard', 'o1'],
      ['retry'],
      ['retry', 'x1234', '--all'],
    ]) {
      const { code, stdout, stderr } = await exceptions([...words, '--data', folder.path])
      expect([words, code, stdout]).toEqual([words, 2, ''])
      expect(stderr).toContain('error: ')
      expect(stderr).not.toMatch(SPOKEN)
    }
  })

  it('refuses the data folder of the other side, and one without a store', async () => {
    branch()
    const other = await exceptions(['list', '--side', 'cloud', '--data', folder.path])
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('is the data folder of a branch')])
    expect((await exceptions(['list', '--side', 'branch', '--data', folder.path])).code).toBe(0)
    const none = await exceptions(['list', '--data', join(folder.path, 'none'), '--json'])
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('BAD_CONFIGURATION')])
  })

  it('speaks of branches at headquarters', async () => {
    const { store, close } = open(folder.path, 'cloud')
    const of = { branchId: 'b7', collection: 'products', id: 'p1' }
    store.transaction('test', () => {
      const noted = new Exceptions(store)
      noted.fail({ ...of, direction: 'pull', code: 'DOCUMENT_INVALID', reason: 'no price' }, 1, 3)
      noted.fail({ ...of, direction: 'here', code: 'LOST_FUTURE', reason: 'lost', document: '{"id":"p1"}' }, 2, 3)
      noted.fail(
        { ...of, direction: 'here', id: 'o1', collection: 'orders', code: 'ORDER_STATE_CONFLICT', reason: 'two' },
        3,
        3,
      )
    })
    close()
    const { stdout } = await exceptions(['list', '--side', 'cloud', '--data', folder.path])
    expect(stdout).toContain('branch b7 cannot take what headquarters sends')
    expect(stdout).toContain('came back from branch b7 after headquarters was restored')
    expect(stdout).toContain('contradicts itself')
    const { exceptions: found } = JSON.parse(
      (await exceptions(['list', '--data', folder.path, '--json'])).stdout,
    ) as ExceptionPage
    const refused = await exceptions(['retry', found[0]!.id, '--data', folder.path])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('next round')])
  })
})
