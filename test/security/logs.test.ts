/**
 * Both nodes at their most talkative through everything in which secrets and phones are at stake. What they and the
 * commands say, what they write beside their stores, and what everybody sees of their processes is looked at.
 */
import Database from 'better-sqlite3'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import { isRecord } from '../../schemas/json.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { schemaVersion } from '../support/schema-version.ts'
import { FAULTS } from '../support/fault-proxy-faults.ts'
import { closeLoopback, loopback, type LoopbackAnswer } from '../support/loopback-request.ts'
import { killAllNodes, OUTPOST, temporaryFolder } from '../support/node-process.ts'
import { PhoneHunt } from '../support/phone-hunt.ts'
import { testOrder } from '../support/real-chain.ts'
import { SecretHunt } from '../support/security-secrets.ts'

const PHONES = ['13957091207', '13857095521', '13757098832', '13657091199', '13557093344'] as const
const [LI, WANG, SUN, BROKEN, LOOKED_UP] = PHONES

const secrets = new SecretHunt()
const phones = new PhoneHunt(PHONES)
const folder = temporaryFolder()
const cloudDir = join(folder.path, 'cloud')
const branchDir = join(folder.path, 'north')
const children = new Set<ChildProcess>()
const said: { readonly where: string; readonly line: string }[] = []
const closing: (() => Promise<void>)[] = []

const ADMINISTRATOR = secrets.know('password of the administrator', 'kelp-harbour-lantern-41')
const NEW_PASSWORD = secrets.know('changed password', 'moss-granite-orchard-77')
const WRONG_PASSWORD = secrets.know('wrong password', 'not-the-one-you-look-for')
const MANAGER_PIN = secrets.know('PIN of the manager', '8402917365')
const CASHIER_PIN = secrets.know('PIN of the cashier', '7391046825')
const NEW_PIN = secrets.know('changed PIN', '6180472935')
const WRONG_PIN = secrets.know('wrong PIN', '5271938406')

afterAll(async () => {
  for (const close of closing) await close()
  closeLoopback()
  for (const child of children) child.kill('SIGKILL')
  await killAllNodes()
  folder.remove()
})

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [OUTPOST, ...args], {
    env: { ...process.env, MYSQL_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** As everybody on the machine sees them. */
const shownArguments: string[] = []

function argumentsOf(pid: string | number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
}

interface Started {
  readonly url: string
  readonly pid: number
  /** When a line of its log says so. */
  readonly logged: (looks: RegExp) => Promise<void>
  readonly stop: () => Promise<void>
}

async function start(args: readonly string[], dataDir: string): Promise<Started> {
  const child = run([...args, '--data', dataDir, '--port', '0', '--log', 'debug'])
  const name = args[0]!
  const own: string[] = []
  const waiting = new Set<() => void>()
  const hear = (where: string) => (line: string) => {
    said.push({ where, line })
    own.push(line)
    for (const look of waiting) look()
  }
  createInterface({ input: child.stdout! }).on('line', hear(`stdout of ${name}`))
  createInterface({ input: child.stderr! }).on('line', hear(`stderr of ${name}`))
  const logged = (looks: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!own.some((line) => looks.test(line))) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${own.join('\n')}`)))
      look()
    })
  await logged(/ at http:/)
  const { url, token, pid } = readNodeFile(dataDir)!
  secrets.know(`token of commands at ${name}`, token)
  return {
    url,
    pid,
    logged,
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** @param tells it is there to tell a secret, on its standard output and nowhere else */
async function command<T>(args: readonly string[], { env = {}, tells = false, fails = false } = {}): Promise<T> {
  const child = run([...args, '--json'], env)
  shownArguments.push(argumentsOf(child.pid!))
  let stdout = ''
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  createInterface({ input: child.stderr! }).on('line', (line) =>
    said.push({ where: `stderr of command ${args.join(' ')}`, line }),
  )
  const [code] = (await once(child, 'close')) as [number]
  expect({ args, isFailed: code !== 0 }).toEqual({ args, isFailed: fails })
  if (!tells) said.push({ where: `stdout of command ${args.join(' ')}`, line: stdout })
  return (fails ? undefined : JSON.parse(stdout)) as T
}

async function ask(
  url: string,
  path: string,
  body?: object | string,
  headers: Record<string, string> = {},
): Promise<LoopbackAnswer> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  return loopback(url, {
    method: body === undefined ? 'GET' : 'POST',
    path,
    from: '127.6.0.1',
    headers: { ...json, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

function cookiesOf({ headers }: LoopbackAnswer): string[] {
  const pairs = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]!)
  for (const pair of pairs) {
    const [name = '', value = ''] = pair.split('=')
    if (value.length > 8) secrets.know(`cookie ${name}`, value)
  }
  return pairs
}

/** What only the store may hold. */
function knowSettings(name: string, dataDir: string): void {
  const db = new Database(join(dataDir, 'store.sqlite'))
  const rows = db.prepare('SELECT name, value FROM setting').all() as { name: string; value: string }[]
  for (const row of rows)
    knowKeys(`${name}: ${row.name}`, row.value.startsWith('{') ? (JSON.parse(row.value) as unknown) : undefined)
  db.close()
}

const SECRET_FIELDS = /^(key|chainKey|privateKey|identity|signing)$/

function knowKeys(name: string, value: unknown): void {
  if (!isRecord(value)) return
  for (const [field, one] of Object.entries(value)) {
    if (typeof one === 'string' && SECRET_FIELDS.test(field) && !name.includes('public'))
      secrets.know(`${name}.${field}`, one)
    else knowKeys(`${name}.${field}`, one)
  }
}

function expectStatus(answer: LoopbackAnswer, status: number): LoopbackAnswer {
  expect({ text: answer.text, status: answer.status }).toMatchObject({ status })
  return answer
}

let cloud: Started
let branch: Started
let proxy: FaultProxy

beforeAll(async () => {
  await command(['cloud', 'init', '--data', cloudDir])
  await command(['cloud', 'account', 'add', 'Chief', '--role', 'administrator', '--data', cloudDir], {
    env: { OUTPOST_PASSWORD: ADMINISTRATOR },
  })
  cloud = await start(['cloud', 'start'], cloudDir)
  proxy = await FaultProxy.open(cloud.url)
  closing.push(() => proxy.close())

  // Enrolment, right and wrong.
  const asCommand = { authorization: `Bearer ${readNodeFile(cloudDir)!.token}` }
  expectStatus(await ask(cloud.url, '/api/branches', { id: 'north', name: 'North' }, asCommand), 201)
  const issued = expectStatus(await ask(cloud.url, '/api/branches/north/code', {}, asCommand), 201)
  const former = issued.json as { code: string }
  const { code } = await command<{ code: string }>(['cloud', 'branch', 'code', 'north', '--data', cloudDir], {
    tells: true,
  })
  for (const [name, one] of [
    ['former', former.code],
    ['enrolment', code],
  ] as const) {
    secrets.know(`${name} code`, one)
    secrets.know(`${name} code, its secret`, one.replaceAll('-', '').slice(0, 26))
  }
  const enroll = ['branch', 'enroll', '--cloud', proxy.url, '--data', branchDir]
  await command(enroll, { env: { OUTPOST_ENROLMENT_CODE: former.code }, fails: true })
  await command(enroll, { env: { OUTPOST_ENROLMENT_CODE: code } })

  // An old key, which the branch changes as soon as it has spoken with headquarters.
  knowSettings('branch at first', branchDir)
  const db = new Database(join(branchDir, 'store.sqlite'))
  db.prepare(`UPDATE setting SET value = json_set(value, '$.current.madeAtMs', 0) WHERE name = 'request keys'`).run()
  db.close()
  branch = await start(['branch', 'start', '--interval', '0.2'], branchDir)
  await branch.logged(/signs with a new key/)

  await pairAndLogIn()
  await logInAtHeadquarters()
  await trade()
  await fail()

  for (const { pid } of [branch, cloud]) {
    const tasks = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    for (const one of [String(pid), ...tasks]) shownArguments.push(argumentsOf(one))
  }
  await branch.stop()
  await cloud.stop()
  knowSettings('branch', branchDir)
  knowSettings('headquarters', cloudDir)
  for (const { requestHeaders } of proxy.seen) {
    const proof = requestHeaders.map((header) => /Outpost (\S+)$/.exec(header)?.[1]).find((one) => one !== undefined)
    if (proof !== undefined) secrets.know('a signed request', proof)
  }
}, 240_000)

async function pairAndLogIn(): Promise<void> {
  const { code } = await command<{ code: string }>(['branch', 'pair', '--data', branchDir], { tells: true })
  secrets.know('pairing code', code)
  secrets.know('pairing code, joined', code.replace('-', ''))
  const wrong = secrets.know('wrong pairing code', 'ZZZZ-QQQQ')
  const manager = { name: 'Manager', pin: MANAGER_PIN }
  expectStatus(await ask(branch.url, '/api/pairing', { code: wrong, name: 'till', manager }), 403)
  const [device = ''] = cookiesOf(
    expectStatus(await ask(branch.url, '/api/pairing', { code, name: 'till', manager }), 200),
  )
  const program = await command<{ token: string }>(['branch', 'pair', '--program', 'kiosk', '--data', branchDir], {
    tells: true,
  })
  secrets.know('token of a program at the branch', program.token)
  await command(['branch', 'staff', 'add', 'Cashier', '--data', branchDir], { env: { OUTPOST_PIN: CASHIER_PIN } })
  const staffAt = async (cookie: string) =>
    (await ask(branch.url, '/api/staff', undefined, { cookie })).json as {
      id: string
      name: string
      verifier: string
    }[]
  const staff = await staffAt(device)
  const cashier = staff.find(({ name }) => name === 'Cashier')!.id
  expectStatus(await ask(branch.url, '/api/staff/login', { staffId: cashier, pin: WRONG_PIN }, { cookie: device }), 401)
  const [login = ''] = cookiesOf(
    expectStatus(
      await ask(branch.url, '/api/staff/login', { staffId: cashier, pin: CASHIER_PIN }, { cookie: device }),
      200,
    ),
  )
  const cookie = `${device}; ${login}`
  for (const { name, verifier } of await staffAt(cookie)) secrets.know(`verifier of ${name}`, verifier)
  const own = await ask(branch.url, '/api/staff/own-pin', { present: CASHIER_PIN, pin: NEW_PIN }, { cookie })
  const [again = ''] = cookiesOf(expectStatus(own, 200))
  staffCookie = `${device}; ${again}`
}

let staffCookie = ''

async function logInAtHeadquarters(): Promise<void> {
  expectStatus(await ask(cloud.url, '/api/session', { name: 'Chief', password: WRONG_PASSWORD }), 401)
  // What people type in the wrong field.
  expectStatus(await ask(cloud.url, '/api/session', { name: ADMINISTRATOR, password: 'Chief' }), 401)
  const [cookie = ''] = cookiesOf(
    expectStatus(await ask(cloud.url, '/api/session', { name: 'Chief', password: ADMINISTRATOR }), 200),
  )
  const changed = await ask(
    cloud.url,
    '/api/session/password',
    { present: ADMINISTRATOR, password: NEW_PASSWORD },
    { cookie },
  )
  const [session = ''] = cookiesOf(expectStatus(changed, 200))
  const { token, id } = await command<{ token: string; id: string }>(
    ['cloud', 'program', 'add', 'north', '--name', 'shop', '--data', cloudDir],
    { tells: true },
  )
  secrets.know('token of a program at headquarters', token)
  const bearer = { authorization: `Bearer ${token}` }
  expectStatus(await ask(cloud.url, `/members/${schemaVersion('members')}/pull`, undefined, bearer), 200)
  expectStatus(await ask(cloud.url, `/api/programs/${id}/revoke`, {}, { cookie: session }), 200)
  expectStatus(await ask(cloud.url, `/members/${schemaVersion('members')}/pull`, undefined, bearer), 401)
  expectStatus(await ask(cloud.url, '/api/session/end', {}, { cookie: session }), 200)
}

async function trade(): Promise<void> {
  const headers = { cookie: staffCookie }
  for (const [name, phone] of [
    ['Li', LI],
    ['Wang', `+86 ${WANG}`],
    ['Sun', SUN],
  ]) {
    const { json } = expectStatus(await ask(branch.url, '/api/members', { name, phone }, headers), 201)
    const order = testOrder(`order of ${name}`, 'north', (json as { id: string }).id)
    expectStatus(await ask(branch.url, '/api/documents/orders', order, headers), 200)
  }
  expectStatus(await ask(branch.url, '/api/members/find', { phone: LOOKED_UP }, headers), 200)
  expectStatus(await ask(branch.url, '/api/sync', {}, headers), 200)
}

async function fail(): Promise<void> {
  const headers = { cookie: staffCookie }
  const broken = {
    id: 'f'.repeat(32),
    scope: 'shared',
    phone: `+86${BROKEN}`,
    generation: 0,
    name: 'X',
    tags: [],
    registrations: [],
    aliases: [],
    followUps: [],
  }
  for (const [path, body] of [
    ['/api/documents/members', broken],
    ['/api/members', `{"name":"X","phone":"${BROKEN}`],
    ['/api/members/find', { phone: [BROKEN] }],
    [`/api/members/${BROKEN}/requests`, { do: 'share' }],
    [`/api/nothing/${BROKEN}`, {}],
  ] as const) {
    expect((await ask(branch.url, path, body, headers)).status).toBeGreaterThanOrEqual(400)
  }
  for (const token of [secrets.know('a token that nobody has', 'bm9ib2R5IGhhcyB0aGlz'), WRONG_PASSWORD]) {
    for (const { url } of [cloud, branch])
      expectStatus(await ask(url, '/api/status', undefined, { authorization: `Bearer ${token}` }), 401)
  }
  // Something in between answers for headquarters, and headquarters answers that it cannot.
  for (const fault of ['captive portal', 'answer 500', 'truncate response'] as const) {
    const met = proxy.next('/heartbeat', FAULTS[fault])
    await ask(branch.url, '/api/sync', {}, headers)
    await met
  }
  await command(['backup', '--data', branchDir])
  await command([
    'exceptions',
    'export',
    '--side',
    'branch',
    '--data',
    branchDir,
    '--to',
    join(folder.path, 'exceptions.jsonl'),
  ])
  await command(['branch', 'export-bundle', '--data', branchDir, '--to', join(folder.path, 'north.bundle')])
}

/** What is the store, or is there to carry what the store holds. */
const HOLDS_EVERYTHING = /(\.sqlite(-wal|-shm)?|\.bundle|exceptions\.jsonl|node\.json)$/

function filesUnder(path: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const file = join(path, name)
    return lstatSync(file).isDirectory() ? [file, ...filesUnder(file)] : [file]
  })
}

describe('at the most verbose level', () => {
  it('nothing that a node or a command says holds a secret or a phone', () => {
    for (const { where, line } of said) {
      secrets.look(where, line)
      phones.text(where, line)
    }
    const wanted = [
      'enrolment code',
      'headquarters: chain.key',
      'branch: request keys.current.privateKey',
      'a signed request',
    ]
    expect(secrets.known).toEqual(expect.arrayContaining(wanted))
    expect([...secrets.seen.keys()]).toEqual(expect.arrayContaining(['stdout', 'stderr']))
    expect(said.filter(({ where }) => where.startsWith('stderr of branch')).length).toBeGreaterThan(0)
    expect(secrets.found).toEqual([])
    expect(Object.fromEntries(phones.found)).toEqual({})
  })

  it('no file beside the stores holds a secret or a phone, the configuration files neither', () => {
    const files = filesUnder(folder.path).filter((file) => lstatSync(file).isFile() && !HOLDS_EVERYTHING.test(file))
    expect(files.filter((file) => file.endsWith('outpost.yaml'))).toHaveLength(2)
    for (const file of files) {
      const text = readFileSync(file, 'latin1')
      secrets.look(`file ${file}`, text)
      phones.text(`file ${file}`, text)
    }
    expect(secrets.found).toEqual([])
    expect(Object.fromEntries(phones.found)).toEqual({})
  })

  it('a hunt that finds nothing would find each of them, however it is written', () => {
    const hunt = new SecretHunt()
    const secret = hunt.know('secret', 'kelp-harbour/lantern+41')
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify({ a: { secret } }),
      Buffer.from(secret).toString('hex'),
    ]
    for (const before of ['', 'x', 'ab', 'abc'])
      forms.push(Buffer.from(`${before}${secret} and more`).toString('base64'))
    for (const form of forms) hunt.look('here', `before ${form} after`)
    expect(hunt.found.length).toBeGreaterThanOrEqual(forms.length)
    expect(new Set(hunt.found).size).toBe(forms.length)
    hunt.look('here', 'kelp and a harbour')
    expect(new Set(hunt.found).size).toBe(forms.length)
  })
})

describe('what a node leaves on its machine', () => {
  it('is for its owner alone: files 600, folders 700', () => {
    const wrong = filesUnder(folder.path)
      .map((file) => ({ file, facts: lstatSync(file) }))
      .map(({ file, facts }) => ({ file, mode: facts.mode & 0o777, wanted: facts.isDirectory() ? 0o700 : 0o600 }))
      .filter(({ mode, wanted }) => mode !== wanted)
      .map(({ file, mode }) => `${file.slice(folder.path.length)} has ${mode.toString(8)}`)
    expect(wrong).toEqual([])
  })

  it('no process that it starts or that asks it shows a secret in its arguments', () => {
    for (const text of shownArguments) secrets.look('arguments', text)
    expect(shownArguments.some((text) => text.includes('enroll'))).toBe(true)
    expect(shownArguments.some((text) => text.includes('start'))).toBe(true)
    expect(secrets.found).toEqual([])
  })
})
