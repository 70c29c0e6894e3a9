/**
 * A chain for the security suite: headquarters and the branch `north` as processes, and everybody who may come to them,
 * each with what they would show. The branches `east` and `south` ask by hand, and `west` is shut out.
 */
import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { hashBody, proveRequest, type ProofSigner } from '../../adapters/access/request-proof.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { enrolBranch } from '../../local-node/enrol-branch.ts'
import { BranchKey } from '../../local-node/branch-key.ts'
import { openStoppedBranch } from '../../local-node/main.ts'
import { IDENTITY_SETTINGS } from '../../adapters/sqlite/store-identity.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { AccountRole, DevicePrincipal } from '../../schemas/access.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { NONCE_HEADER, PROOF_SCHEME } from '../../schemas/protocol/request-proof.ts'
import { closeLoopback, loopback, type LoopbackAnswer } from './loopback-request.ts'
import { killAllNodes, startNode, temporaryFolder, type NodeProcess } from './node-process.ts'

export const BRANCHES = ['north', 'east', 'south', 'west'] as const
export type BranchName = (typeof BRANCHES)[number]

/** Who asks: the address they come from, and what shows who they are. */
export interface Asker {
  readonly name: string
  readonly from: string
  readonly headers: (method: string, path: string, body?: string | Buffer) => Promise<Record<string, string>>
}

export interface SecurityChain {
  readonly folder: string
  readonly cloud: NodeProcess
  readonly north: NodeProcess
  readonly headquarters: Readonly<Record<HeadquartersRole, Asker>>
  readonly branch: Readonly<Record<BranchRole, Asker>>
  readonly ids: {
    readonly accounts: Readonly<Record<string, string>>
    readonly programs: Readonly<Record<string, string>>
    readonly devices: Readonly<Record<string, string>>
    readonly staff: Readonly<Record<string, string>>
  }
  /** As one of the branches that ask by hand. */
  sign(branch: BranchName): Asker['headers']
  stop(): Promise<void>
}

export type HeadquartersRole =
  | 'nobody'
  | 'unissued token'
  | 'viewer'
  | 'operator'
  | 'administrator'
  | 'ended session'
  | 'closed account'
  | 'expired session'
  | 'branch'
  | 'other branch'
  | 'revoked branch'
  | 'program'
  | 'revoked program'
  | 'device of a branch'
  | 'command'

export type BranchRole =
  | 'nobody'
  | 'unissued token'
  | 'device'
  | 'cashier'
  | 'manager'
  | 'expired staff session'
  | 'staff session elsewhere'
  | 'closed cashier'
  | 'revoked device'
  | 'revoked program'
  | 'program'
  | 'device of another branch'
  | 'program of another branch'
  | 'signed branch'
  | 'command'

const PASSWORD = 'a long enough password'
const SESSION_HOURS = { headquarters: 9, staff: 13 }
const HOUR_MS = 3_600_000

/** Leaves nothing behind where it fails. */
export async function startSecurityChain(): Promise<SecurityChain> {
  const { path, remove } = temporaryFolder()
  const stop = async () => {
    closeLoopback()
    await killAllNodes()
    remove()
  }
  try {
    return { ...(await startIn(path)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startIn(folder: string): Promise<Omit<SecurityChain, 'stop'>> {
  const cloudDir = join(folder, 'cloud')
  const hq = await prepareHeadquarters(cloudDir)
  const cloud = await startNode(['cloud', 'start', '--data', cloudDir])
  const signers = new Map<BranchName, ProofSigner>()
  for (const id of BRANCHES) signers.set(id, await enrolled(join(folder, id), cloud.url, hq.codes[id]))
  await cloud.post('/api/branches/west/revoke', {})
  const south = await pairAtStopped(join(folder, 'south'))
  const people = await prepareBranch(join(folder, 'north'))
  const north = await startNode(['branch', 'start', '--data', join(folder, 'north'), '--interval', '3600'])
  await level(north)
  let nonce = ''
  let knownSince = Number.NEGATIVE_INFINITY
  const sign =
    (branch: BranchName): Asker['headers'] =>
    async (method, path, body) => {
      const { url } = cloud
      if (performance.now() - knownSince > NONCE_KEPT_MS) {
        nonce = await freshNonce(url, signers.get('north')!)
        knownSince = performance.now()
      }
      const request = { method, url: path, bodyHash: hashBody(body), nonce }
      return { authorization: `${PROOF_SCHEME} ${await proveRequest(signers.get(branch)!, request)}` }
    }
  const ofHeadquarters: Record<HeadquartersRole, Asker['headers']> = {
    nobody: shows({}),
    'unissued token': bearer(UNISSUED),
    viewer: session(hq.tokens.viewer),
    operator: session(hq.tokens.operator),
    administrator: session(hq.tokens.administrator),
    'ended session': session(hq.tokens.ended),
    'closed account': session(hq.tokens.closed),
    'expired session': session(hq.tokens.expired),
    branch: sign('east'),
    'other branch': sign('south'),
    'revoked branch': sign('west'),
    program: bearer(hq.programs.good.token),
    'revoked program': bearer(hq.programs.revoked.token),
    'device of a branch': bearer(people.program.token),
    command: bearer(cloud.token),
  }
  const ofBranch: Record<BranchRole, Asker['headers']> = {
    nobody: shows({}),
    'unissued token': bearer(UNISSUED),
    device: device(people.bare.token),
    cashier: device(people.till.token, people.sessions.cashier),
    manager: device(people.office.token, people.sessions.manager),
    'expired staff session': device(people.till.token, people.sessions.expired),
    'staff session elsewhere': device(people.bare.token, people.sessions.cashier),
    'closed cashier': device(people.till.token, people.sessions.closed),
    'revoked device': device(people.lost.token, people.sessions.lost),
    'revoked program': bearer(people.lostProgram.token),
    program: bearer(people.program.token),
    'device of another branch': device(south.device, south.session),
    'program of another branch': bearer(south.program),
    'signed branch': sign('north'),
    command: bearer(north.token),
  }
  return {
    folder,
    cloud,
    north,
    headquarters: askersOf(ofHeadquarters, 1),
    branch: askersOf(ofBranch, 2),
    ids: {
      accounts: hq.accounts,
      programs: { good: hq.programs.good.id },
      devices: { bare: people.bare.id, till: people.till.id, program: people.program.id },
      staff: people.staff,
    },
    sign,
  }
}

/** Headquarters takes one for a minute at least. */
const NONCE_KEPT_MS = 40_000

export const UNISSUED = 'bm9ib2R5IGhlcmUgaGFzIGV2ZXIgaXNzdWVkIHRoaXM'

/** Sends it as somebody, with the number that headquarters wants where it is signed. */
export async function askAs(
  node: { readonly url: string },
  { from, headers }: Asker,
  {
    method,
    path,
    body,
    ...more
  }: {
    method: string
    path: string
    body?: string | Buffer
    withholdsBody?: boolean
    headers?: Record<string, string>
  },
): Promise<LoopbackAnswer> {
  const shown = await headers(method, path, body)
  const type = method === 'GET' || method === 'HEAD' ? {} : { 'content-type': 'application/json' }
  return loopback(node.url, {
    method,
    path,
    from,
    ...more,
    ...(body !== undefined && { body }),
    headers: { ...type, ...shown, ...more.headers },
  })
}

/** Asks for JSON and takes nothing but success. */
export async function tell<T>(node: { readonly url: string }, who: Asker, path: string, body?: object): Promise<T> {
  const asked = body ? { method: 'POST', path, body: JSON.stringify(body) } : { method: 'GET', path }
  const { status, text, json } = await askAs(node, who, asked)
  expect({ path, status, text }).toMatchObject({ status: expect.toBeOneOf([200, 201, 202]) as number })
  return json as T
}

/**
 * A copy of everything in a store, by table; what only says when somebody was seen last is left out, and what the node
 * notes of itself. It has its file for itself: what is read is a copy of the files, of a node that writes nothing just now.
 */
export function contentOf(dataDir: string, except: readonly string[] = []): Record<string, string[]> {
  const { path: copy, remove } = temporaryFolder()
  for (const name of ['store.sqlite', 'store.sqlite-wal']) {
    if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(copy, name))
  }
  const db = new Database(join(copy, 'store.sqlite'))
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[]
    const kept = tables.filter((name) => !except.includes(name) && name !== OWN_ALERTS)
    return Object.fromEntries(kept.map((name) => [name, rowsOf(db, name).filter((row) => !row.includes(OWN_PROBE))]))
  } finally {
    db.close()
    remove()
  }
}

/** Requests that are refused are failures, and many of them an alert. */
const OWN_ALERTS = 'alert'
/** That the store can be written. */
const OWN_PROBE = '["name","last probe"]'
const OF_SEEING: ReadonlySet<string> = new Set(['last_seen_ms', 'seen_at', 'used_at'])

function rowsOf(db: Database.Database, table: string): string[] {
  const rows = db.prepare(`SELECT * FROM "${table}"`).all() as Record<string, unknown>[]
  return rows.map((row) => {
    const shown = Object.entries(row).filter(([column]) => !OF_SEEING.has(column))
    return JSON.stringify(
      shown.map(([column, value]) => [column, value instanceof Buffer ? value.toString('hex') : value]),
    )
  })
}

/** After it the branch has nothing more to ask by itself. */
export async function level(node: NodeProcess): Promise<void> {
  for (let cycle = 0; cycle < 5; cycle += 1) {
    const { sync } = await node.post<BranchNodeStatus>('/api/sync', {})
    if (sync.verdict.state === 'in-sync') return
  }
  throw new Error('the branch does not come level with headquarters')
}

function shows(headers: Record<string, string>): Asker['headers'] {
  return () => Promise.resolve(headers)
}

function bearer(token: string): Asker['headers'] {
  return shows({ authorization: `Bearer ${token}` })
}

function session(token: string): Asker['headers'] {
  return shows({ cookie: `outpost-session=${token}` })
}

function device(token: string, staff?: string): Asker['headers'] {
  const login = staff === undefined ? '' : `; outpost-staff-north=${staff}`
  return shows({ cookie: `outpost-device-north=${token}${login}` })
}

/** An address for each, so that none uses up what another may ask. */
function askersOf<Role extends string>(
  headers: Readonly<Record<Role, Asker['headers']>>,
  net: number,
): Record<Role, Asker> {
  const entries = (Object.keys(headers) as Role[]).map((name, i) => [
    name,
    { name, from: `127.${net}.0.${i + 1}`, headers: headers[name] },
  ])
  return Object.fromEntries(entries) as Record<Role, Asker>
}

async function freshNonce(url: string, signer: ProofSigner): Promise<string> {
  const path = '/api/health'
  const proof = await proveRequest(signer, {
    method: 'GET',
    url: path,
    bodyHash: hashBody(),
    nonce: 'none is known yet',
  })
  const headers = { authorization: `${PROOF_SCHEME} ${proof}` }
  const { headers: told } = await loopback(url, { method: 'GET', path, from: '127.1.1.1', headers })
  return told[NONCE_HEADER] as string
}

/** Everything that a running node would be asked for, and a session that has grown old. */
async function prepareHeadquarters(dataDir: string) {
  const { operations, close } = openStoppedCloud(dataDir, COLLECTIONS, true)
  try {
    const { access } = operations
    const codes = {} as Record<BranchName, string>
    for (const id of BRANCHES) {
      operations.addBranch({ id, name: `Branch ${id}` })
      codes[id] = access.enrolment.issueCode(id).code
    }
    const accounts: Record<string, string> = {}
    const tokens = {} as Record<AccountRole | 'ended' | 'closed' | 'expired', string>
    const people = {
      viewer: 'viewer',
      operator: 'operator',
      administrator: 'administrator',
      ended: 'administrator',
      closed: 'administrator',
      expired: 'administrator',
    } as const
    for (const [name, role] of Object.entries(people) as [keyof typeof people, AccountRole][]) {
      accounts[name] = (await access.accounts.add({ name, role, password: PASSWORD }, 'command')).id
      tokens[name] = await access.accounts.login({ name, password: PASSWORD, address: '127.0.0.1' })
    }
    access.accounts.logout(tokens.ended)
    access.accounts.close(accounts['closed']!, 'command')
    age(operations.cloud.replica.store, 'account_session', tokens.expired, SESSION_HOURS.headquarters)
    const programs = {
      good: access.addProgram('till program', 'east'),
      revoked: access.addProgram('old program', 'east'),
    }
    access.revokeProgram(programs.revoked.id)
    return { codes, accounts, tokens, programs }
  } finally {
    close()
  }
}

async function prepareBranch(dataDir: string) {
  const { access, operations, close } = openStoppedBranch(dataDir, COLLECTIONS)
  try {
    const pair = (name: string, more: object = {}) => {
      const { code } = access.devices.issueCode('command')
      return access.devices.pair({ code, address: '127.0.0.1', name, ...more })
    }
    const principal = ({ id, name }: { id: string; name: string }): DevicePrincipal => ({ kind: 'device', id, name })
    const office = await pair('office', { manager: { name: 'Manager', pin: '271828' } })
    const [bare, till, lost] = [await pair('bare'), await pair('till'), await pair('lost')]
    const [program, lostProgram] = [
      await pair('program', { bearer: true }),
      await pair('lost program', { bearer: true }),
    ]
    const manager = access.staff.list()[0]!
    const cashier = await access.staff.add('command', { name: 'Cashier', role: 'cashier', pin: '314159' })
    const former = await access.staff.add('command', { name: 'Former', role: 'cashier', pin: '141421' })
    const login = async (at: typeof bare, { id }: { id: string }, pin: string) =>
      (await access.staff.login(principal(at), id, pin)).token
    const sessions = {
      manager: await login(office, manager, '271828'),
      cashier: await login(till, cashier, '314159'),
      expired: await login(till, manager, '271828'),
      closed: await login(till, former, '141421'),
      lost: await login(lost, manager, '271828'),
    }
    access.staff.close('command', former.id)
    access.devices.revoke('command', lost.id)
    access.devices.revoke('command', lostProgram.id)
    age(operations.branch.replica.store, 'staff_session', sessions.expired, SESSION_HOURS.staff)
    return {
      office,
      bare,
      till,
      lost,
      program,
      lostProgram,
      sessions,
      staff: { manager: manager.id, cashier: cashier.id, former: former.id },
    }
  } finally {
    close()
  }
}

/** A device of that branch, with its manager logged in. */
async function pairAtStopped(dataDir: string): Promise<{ device: string; session: string; program: string }> {
  const { access, close } = openStoppedBranch(dataDir, COLLECTIONS)
  try {
    const manager = { name: 'Other', pin: '271828' }
    const { id, name, token } = await access.devices.pair({
      code: access.devices.issueCode('command').code,
      address: '127.0.0.1',
      name: 'till',
      manager,
    })
    const program = await access.devices.pair({
      code: access.devices.issueCode('command').code,
      address: '127.0.0.1',
      name: 'program',
      bearer: true,
    })
    const login = await access.staff.login({ kind: 'device', id, name }, access.staff.list()[0]!.id, manager.pin)
    return { device: token, session: login.token, program: program.token }
  } finally {
    close()
  }
}

/** The session began and was seen last so many hours earlier. */
function age(store: Store, table: string, token: string, hours: number): void {
  const id = createHash('sha256').update(token).digest('base64url')
  const sql = `UPDATE ${table} SET begun_at = begun_at - ?, seen_at = seen_at - ? WHERE id = ?`
  const { changes } = store.transaction('test', () => store.prepare(sql).run(hours * HOUR_MS, hours * HOUR_MS, id))
  expect(changes).toBe(1)
}

async function enrolled(dataDir: string, cloudUrl: string, code: string): Promise<ProofSigner> {
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  await enrolBranch({ dataDir, cloudUrl, code, declarations: COLLECTIONS, log })
  const store = new Store({ file: join(dataDir, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  try {
    const { cloudKey } = JSON.parse(store.readSetting(IDENTITY_SETTINGS.branch)!) as { cloudKey: string }
    return (await BranchKey.open(store, cloudKey)).signer()
  } finally {
    store.close()
  }
}

const ignore = () => undefined
