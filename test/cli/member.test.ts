import { join } from 'node:path'
import type { CommanderError } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemberCommand } from '../../adapters/cli/member-command.ts'
import type { StoppedDesks } from '../../adapters/cli/member-node.ts'
import type { Terminal } from '../../adapters/cli/member-terminal.ts'
import { addBranchMemberRoutes } from '../../adapters/http/branch-member-routes.ts'
import { addMemberRoutes } from '../../adapters/http/member-routes.ts'
import { writeNodeFile } from '../../adapters/node/node-file.ts'
import { readIdentity } from '../../adapters/sqlite/store-identity.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { MemberOutcome, MemberView } from '../../schemas/protocol/identity.ts'
import { openBranch, openHeadquarters, serve, type TestDesk, type TestHeadquarters } from '../support/member-desks.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'

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

interface Said {
  code: number
  stdout: string
  stderr: string
}

/** Somebody at a terminal who answers one question after the other, or nobody and what comes by the standard input. */
type Person = { types: string[] } | { input: string }

const NOBODY: Person = { input: '' }
const questions: string[] = []

const stopped: StoppedDesks = {
  cloud: (dataDir) => Promise.resolve(asStopped(openHeadquarters(dataDir))),
  branch: (dataDir) => Promise.resolve(asStopped(openBranch(dataDir))),
}

function asStopped<Desk>({ desk, close }: TestDesk<Desk>) {
  return { operations: { members: desk }, close }
}

/** Runs `outpost member …` in this process. */
async function member(args: readonly string[], person: Person = NOBODY): Promise<Said> {
  const said: Said = { code: 0, stdout: '', stderr: '' }
  const hear = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text)
      return true
    })
  questions.length = 0
  const terminal: Terminal = {
    isInteractive: 'types' in person,
    ask: (question) => {
      questions.push(question)
      return Promise.resolve(('types' in person && person.types.shift()) || '')
    },
    readInput: () => Promise.resolve('input' in person ? person.input : ''),
  }
  hear('stdout')
  hear('stderr')
  process.exitCode = undefined
  try {
    const command = createMemberCommand(stopped, terminal)
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

/** Headquarters with Li, who bought something at b1, and Wang of b2; `work` fills it further. */
function headquarters(work: (hq: TestHeadquarters, ids: { li: string; wang: string }) => void = () => {}) {
  const hq = openHeadquarters(folder.path)
  const li = hq.member('Li', '+8613800138000', 'b1')
  const wang = hq.member('Wang', '+8613800138001', 'b2')
  hq.put('orders', { ...testOrder('o1', 'b1', li), registrationId: 'g-b1-8000' })
  work(hq, { li, wang })
  hq.close()
  return { li, wang, data: ['--data', folder.path] }
}

/** A branch with Li, shared, and Zhao, private. */
function branch() {
  const opened = openBranch(folder.path)
  const li = opened.desk.register('Li', '13800138000', false)
  const zhao = opened.desk.register('Zhao', '13800138002', true)
  opened.close()
  return { li, zhao, data: ['--data', folder.path] }
}

/** Lets the node of the folder run: its commands go through the API. */
async function start(node: 'cloud' | 'branch'): Promise<void> {
  const opened = node === 'cloud' ? openHeadquarters(folder.path) : openBranch(folder.path)
  const identity = readIdentity(opened.replica.store)!
  const { url, close } = await serve((routes) => {
    routes.app.get('/api/status', (_req, res) => void res.json({ node, backup: { identity } }))
    if ('ask' in opened) addMemberRoutes(routes, opened.desk)
    else addBranchMemberRoutes(routes, opened.desk)
  })
  writeNodeFile(folder.path, { node, url, token: 'token', pid: process.pid, identity })
  closing.push(() => opened.close(), close)
}

describe.each(['stopped', 'running'])('outpost member at headquarters that is %s', (how) => {
  let li: string
  let wang: string
  let data: string[]

  const open = async (work?: Parameters<typeof headquarters>[0]) => {
    ;({ li, wang, data } = headquarters(work))
    if (how === 'running') await start('cloud')
  }
  const json = async <T>(args: string[], person?: Person): Promise<T> => {
    const { code, stdout, stderr } = await member([...args, ...data, '--json'], person)
    expect([code, stderr]).toEqual([0, ''])
    return JSON.parse(stdout) as T
  }

  it('shows a member by id and by a phone that is typed when asked or piped in', async () => {
    await open()
    const shown = await member(['show', li, ...data])
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('Li\n')
    expect(shown.stdout).toContain('138****8000')
    expect(shown.stdout).toMatch(/balance +24 points/)
    expect(shown.stdout).toMatch(/g-b1-8000 +at b1 +2\d{3}-/)
    expect(await json<MemberView[]>(['show', '--phone'], { types: ['138-0013-8000'] })).toMatchObject([{ id: li }])
    expect(questions).toEqual(['phone: '])
    expect(await json<MemberView[]>(['show', '--phone'], { input: '\n13800138001\n' })).toMatchObject([{ id: wang }])
    const nobody = await member(['show', '--phone', '--scope', 'b1', ...data], { input: '13800138000' })
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('MEMBER_UNKNOWN')])
  })

  it('shows what a merge would do, does it, shows the audit and takes it back', async () => {
    await open()
    const dry = await member(['merge', li, '--into', wang, '--dry-run', ...data])
    expect(dry.stdout).toMatch(/^dry run: nothing has changed/)
    expect(dry.stdout).toMatch(new RegExp(`no. 1 +${li} +becomes part of another member +→ ${wang}`))
    expect(dry.stdout).toMatch(new RegExp(`${wang} +0 points.* → 24 points`))
    expect(await json<MemberView>(['show', li])).toMatchObject({ id: li })
    const done = await member(['merge', li, '--into', wang, ...data])
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^done:/)])
    expect(await json<MemberView>(['show', li])).toMatchObject({ id: wang, balance: { points: 24 } })
    const audit = await member(['audit', li, ...data])
    expect(audit.stdout).toMatch(/name +Wang +Li/)
    expect(audit.stdout).toContain('g-b1-8000 (b1)')
    expect(audit.stdout).toMatch(/balance +24 points, /)
    const split = await json<MemberOutcome>(['split', wang, '--registration', 'g-b1-8000'])
    expect(split.member).toMatchObject({ id: li, name: 'Li', balance: { points: 24 } })
  })

  it('gives another phone, releases, deletes and revives', async () => {
    await open()
    const taken = await member(['phone', li, ...data], { input: '13800138001' })
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('MEMBER_CONFLICT')])
    const given = await json<MemberOutcome>(['phone', li], { types: ['13800138009'] })
    expect(given.member!.phones).toEqual(['138****8009'])
    expect((await json<MemberOutcome>(['release', wang])).member).toMatchObject({ released: true, phones: [] })
    await json(['delete', wang, '--yes'])
    expect(await json<MemberView>(['show', wang])).toMatchObject({ deleted: true })
    expect((await member(['show', wang, ...data])).stdout).toMatch(/state +released, deleted/)
    await json(['revive', wang])
    expect(await json<MemberView>(['show', wang])).toMatchObject({ deleted: false })
  })

  it('erases only when somebody says yes', async () => {
    await open()
    const refused = await member(['erase', li, ...data])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Say --yes to do it')])
    const no = await member(['erase', li, ...data], { types: ['n'] })
    expect([no.code, no.stdout]).toEqual([1, 'nothing has changed\n'])
    expect(questions).toEqual([expect.stringMatching(/Li \(138\*\*\*\*8000; 24 points.*erased.*Do it\? \[y\/N\] $/)])
    expect((await member(['erase', li, '--dry-run', ...data])).stdout).toMatch(/^dry run.*\n[^]*is erased/)
    expect(await json<MemberView>(['show', li])).toMatchObject({ name: 'Li', erased: false })
    const yes = await member(['erase', li, ...data], { types: ['yes'] })
    expect([yes.code, yes.stdout]).toEqual([0, expect.stringMatching(/^done:/)])
    expect((await member(['show', li, ...data])).stdout).toMatch(/^\(erased\)\n[^]*balance +24 points/)
    expect((await member(['audit', li, ...data])).code).toBe(0)
  })

  it('lists what waits for a person with the choices, and decides it', async () => {
    await open((hq, ids) => {
      hq.ask({ id: 'q-1', what: 'merge', memberId: ids.li, into: ids.wang, reason: 'one\u001b[2Jperson' })
      hq.ask({ id: 'q-2', what: 'erase', memberId: ids.wang })
    })
    const review = await member(['review', ...data])
    expect(review.stdout).toMatch(/q-1 +from b1, \d{4}-.* UTC\n +asks for +member .* to become part of member/)
    expect(review.stdout).toContain('only a person decides this')
    expect(review.stdout).toContain('one [2Jperson')
    expect(review.stdout).toMatch(/--merge-into <member> +it becomes part of this member instead/)
    const dry = await member(['decide', 'q-1', '--grant', '--dry-run', ...data])
    expect(dry.stdout).toMatch(/^dry run/)
    await json(['decide', 'q-1', '--refuse', '--reason', 'two persons'])
    const unfit = await member(['decide', 'q-2', '--merge-into', li, ...data])
    expect([unfit.code, unfit.stderr]).toEqual([1, expect.stringContaining('grant or refuse it')])
    const unasked = await member(['decide', 'q-2', '--grant', ...data])
    expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining('Say --yes to do it')])
    await json(['decide', 'q-2', '--grant', '--yes'])
    expect(await json<MemberView>(['show', wang])).toMatchObject({ erased: true })
    expect((await member(['review', ...data])).stdout).toBe('nothing waits for a person\n')
    const all = await json<RequestDocument[]>(['review', '--all'])
    expect(all.map(({ id, state }) => [id, state])).toContainEqual(['q-1', 'refused'])
    expect((await member(['review', '--all', ...data])).stdout).toContain('refused: two persons')
    const twice = await member(['decide', 'q-1', '--grant', ...data])
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('REQUEST_DECIDED')])
  })

  it('says which command belongs to a branch', async () => {
    await open()
    for (const [args, hint] of [
      [['register', '--name', 'Zhao'], 'registered at a branch'],
      [['requests'], 'outpost member review'],
      [['release', li, '--reason', 'gone'], 'a reason goes with a request of a branch'],
    ] as const) {
      const { code, stderr } = await member([...args, ...data], { input: '13800138005' })
      expect([code, stderr]).toEqual([1, expect.stringContaining(hint)])
    }
  })
})

describe.each(['stopped', 'running'])('outpost member at a branch that is %s', (how) => {
  let li: MemberView
  let zhao: MemberView
  let data: string[]

  beforeEach(async () => {
    ;({ li, zhao, data } = branch())
    if (how === 'running') await start('branch')
  })
  const json = async <T>(args: string[], person?: Person): Promise<T> => {
    const { code, stdout, stderr } = await member([...args, ...data, '--json'], person)
    expect([code, stderr]).toEqual([0, ''])
    return JSON.parse(stdout) as T
  }

  it('registers a person with a phone that is typed when asked or piped in', async () => {
    const wang = await json<MemberView>(['register', '--name', 'Wang'], { types: ['13800138001'] })
    expect(wang).toMatchObject({ name: 'Wang', scope: 'shared', phones: ['138****8001'] })
    const own = await member(['register', '--name', 'Wang', '--private', ...data], { input: '13800138001\n' })
    expect(own.stdout).toMatch(/^registered Wang\n[^]*known to +headquarters and branch b1 only/)
    const found = await member(['show', '--phone', ...data], { input: '13800138001' })
    expect(found.stdout).toMatch(/b1 only[^]*every branch[^]*to share it: outpost member share/)
    const twice = await member(['register', '--name', 'Wang', ...data], { input: '13800138001' })
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('MEMBER_CONFLICT')])
    const nobody = await member(['show', '--phone', ...data], { input: '13800138009' })
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('MEMBER_UNKNOWN')])
  })

  it('asks headquarters, says so and lists how it stands', async () => {
    const asked = await member(['phone', li.id, '--reason', 'new card', ...data], { input: '13800138009' })
    expect(asked.stdout).toMatch(/^asked headquarters for the phone 138\*\*\*\*8009 for member .* \(request q-/)
    expect(asked.stdout).toContain('outpost member requests')
    await json(['share', zhao.id])
    await json(['merge', li.id, '--into', zhao.id])
    await json(['release', li.id])
    await json(['split', li.id, '--registration', li.registrations[0]!.id])
    await json(['erase', li.id, '--yes'])
    const requests = await json<RequestDocument[]>(['requests'])
    expect(requests.map(({ what }) => what)).toEqual(['erase', 'split', 'release', 'merge', 'share', 'phone'])
    const words = await member(['requests', ...data])
    expect(words.stdout).toContain('asked for the phone 138****8009')
    expect(words.stdout).toContain('because new card')
    expect(words.stdout).toContain('pending: headquarters has not decided yet')
  })

  it('shows what it would ask for, and asks for nothing', async () => {
    const phone = await member(['phone', zhao.id, '--dry-run', ...data], { input: '13800138009' })
    expect(phone.stdout).toMatch(/nothing was asked[^]*the phone 138\*\*\*\*8009 for member/)
    const other = await json<MemberView>(['register', '--name', 'Wang'], { input: '13800138001' })
    const held = await json(['phone', li.id, '--dry-run'], { input: '13800138001' })
    expect(held).toMatchObject({ dryRun: true, what: 'phone', to: '138****8001', heldBy: other.id })
    expect(await json(['delete', li.id, '--dry-run'])).toMatchObject({ what: 'delete', memberId: li.id })
    expect(await json(['merge', li.id, '--into', zhao.id, '--dry-run'])).toMatchObject({ into: zhao.id })
    for (const args of [
      ['share', li.id],
      ['split', li.id, '--registration', 'g-none'],
    ]) {
      const refused = await member([...args, '--dry-run', ...data])
      const reallyRefused = await member([...args, ...data])
      expect(refused).toEqual(reallyRefused)
      expect(refused.code).toBe(1)
    }
    expect(await json(['requests'])).toEqual([])
    expect((await member(['requests', ...data])).stdout).toBe('this branch has asked for nothing\n')
  })

  it('asks for a deletion only when somebody says yes', async () => {
    const refused = await member(['delete', li.id, ...data])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Say --yes to do it')])
    expect((await member(['delete', li.id, ...data], { types: ['y'] })).stdout).toMatch(/^asked headquarters/)
    expect(questions).toEqual([expect.stringContaining('Headquarters is asked for it')])
  })

  it('says which command belongs to headquarters', async () => {
    for (const args of [['audit', li.id], ['review'], ['decide', 'q-1', '--grant'], ['revive', li.id]]) {
      const { code, stderr } = await member([...args, ...data])
      expect([code, stderr]).toEqual([1, expect.stringContaining('data folder of a branch')])
    }
  })
})

describe('outpost member', () => {
  it('takes no phone from the command line and repeats none', async () => {
    const { li, data } = headquarters()
    for (const args of [
      ['show', '13800138000'],
      ['show', '+86 138 0013 8000'],
      ['show', '--phone', '13800138000'],
      ['phone', li, '13800138000'],
      ['merge', li, '--into', '13800138000'],
      ['decide', 'q-1', '--merge-into', '13800138000'],
    ]) {
      const { code, stderr, stdout } = await member([...args, ...data])
      expect([args, code]).toEqual([args, 2])
      expect(stderr + stdout).not.toMatch(/138.?0013/)
    }
    const wrong = await member(['show', '--phone', ...data], { input: '138001380001380013800' })
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('PHONE_INVALID')])
    expect(wrong.stderr).not.toContain('13800')
  })

  it('says what is missing or too much', async () => {
    const { data } = headquarters()
    for (const args of [
      ['show'],
      ['decide', 'q-1'],
      ['decide', 'q-1', '--grant', '--refuse'],
      ['decide', 'q-1', '--grant', '--reason', 'so'],
      ['merge', 'a'],
      ['split', 'a'],
      ['register'],
    ]) {
      expect([args, (await member([...args, ...data])).code]).toEqual([args, 2])
    }
    for (const [input, hint] of [
      ['', 'no phone was given'],
      ['13800138000\n13800138001', 'more than one line'],
      ['1'.repeat(101), 'longer than any phone number'],
    ] as const) {
      const { code, stderr } = await member(['show', '--phone', ...data], { input })
      expect([code, stderr]).toEqual([1, expect.stringContaining(hint)])
    }
  })

  it('explains every command', () => {
    const { commands } = createMemberCommand(stopped)
    expect(commands.map((command) => command.name())).toEqual(
      expect.arrayContaining(['show', 'register', 'phone', 'merge', 'split', 'erase', 'audit', 'decide', 'requests']),
    )
    for (const command of commands) {
      expect(command.description()).not.toBe('')
      expect(command.helpInformation()).toMatch(/--data <folder>[^]*--json/)
    }
  })

  it('says that there is no store, and whose folder it wants', async () => {
    const { code, stderr } = await member(['show', 'x', '--data', join(folder.path, 'nowhere')])
    expect([code, stderr]).toEqual([1, expect.stringContaining('with --data')])
  })
})
