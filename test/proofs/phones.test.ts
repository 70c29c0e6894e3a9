import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SignedFetch } from '../../adapters/access/signed-fetch.ts'
import { commandHeaders } from '../../adapters/cli/node-client.ts'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import { spawnChild, stopAll, type Child } from '../../scripts/lib/process-tree.mjs'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { MemberOutcome, MemberView } from '../../schemas/protocol/identity.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { postSigned, signedFetchOf } from '../support/enrolled-signer.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { OUTPOST, temporaryFolder } from '../support/node-process.ts'
import { PHONE_FIELDS, PhoneHunt } from '../support/phone-hunt.ts'
import { testOrder } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const [LI, WANG, ZHAO, SUN, CHEN, ZHOU, NEW, FAMILY, CSV, WRITTEN, TAKEN, REFUSED] = Array.from(
  { length: 12 },
  (_, i) => `139570${String(41_207 + i * 3791).padStart(5, '0')}`,
) as [string, string, string, string, string, string, string, string, string, string, string, string]
/** What is no phone, but says one nearly or too much. */
const WRONG = ['1395749', '13957086093123456789', 'call 13957090001', '13957090002 ext. 5', '+86 1395709']
const ALL = [
  LI,
  WANG,
  ZHAO,
  SUN,
  CHEN,
  ZHOU,
  NEW,
  FAMILY,
  CSV,
  WRITTEN,
  TAKEN,
  REFUSED,
  ...WRONG,
  '13957090002',
  '13957090003',
]

interface Running extends NodeAddress {
  readonly dataDir: string
  readonly child: Child
}

let mysql: TestDatabase
let folder: { path: string; remove: () => void }
let hunt: PhoneHunt
let proxies: FaultProxy[]

beforeEach(async () => {
  mysql = await createTestDatabase()
  folder = temporaryFolder()
  hunt = new PhoneHunt(ALL)
  proxies = []
})

afterEach(async () => {
  await stopAll()
  for (const proxy of proxies) await proxy.close()
  await mysql.drop()
  folder.remove()
})

/** Starts a node that logs all it can; every line that it says is looked at. */
async function start(args: readonly string[], dataDir: string, mysqlUrl = ''): Promise<Running> {
  const flags = ['--data', dataDir, '--log', 'debug', '--port', '0']
  let child!: Child
  const url = await new Promise<string>((resolve, reject) => {
    child = spawnChild(process.execPath, [OUTPOST, ...args, ...flags], {
      env: { ...process.env, MYSQL_URL: mysqlUrl },
      onLine(line, stream) {
        hunt.text(`${stream} of ${args[0]}`, line)
        const found = /at (http:\S+)/.exec(line)?.[1]
        if (found !== undefined) resolve(found)
      },
    })
    void child.exited.then(({ code }) => reject(new Error(`${args.join(' ')} ended with ${code}`)))
  })
  const { token } = readNodeFile(dataDir)!
  return { url, token, dataDir, child }
}

/** Asks a node's API; addresses, headers and errors say no phone, and answers only where a document has one. */
async function ask<T>(node: Running, path: string, body?: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', ...commandHeaders(node) }
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  return JSON.parse(await lookAt(path, await fetch(`${node.url}${path}`, init))) as T
}

async function lookAt(path: string, response: Response): Promise<string> {
  const text = await response.text()
  hunt.text('address asked', path)
  for (const [name, value] of response.headers) hunt.text(`header of ${path}`, `${name}: ${value}`)
  if (response.ok && path.startsWith('/api/documents/')) hunt.json(`answer of ${path}`, text)
  else hunt.text(response.ok ? `answer of ${path}` : `error of ${path}`, text)
  return text
}

/** Runs a command with a phone typed into it; what it says is looked at. */
async function command(input: string, ...args: readonly string[]): Promise<string> {
  let stdout = ''
  const run = `exec "$0" "$@" <<< "$INPUT"`
  const child = spawnChild('bash', ['-c', run, process.execPath, OUTPOST, ...args], {
    env: { ...process.env, MYSQL_URL: '', INPUT: input },
    onLine(line, stream) {
      hunt.text(`command ${args.slice(0, 3).join(' ')} on ${stream}`, line)
      if (stream === 'stdout') stdout += `${line}\n`
    },
  })
  await child.exited
  return stdout
}

/** Every command as people read it and as programs do. */
async function bothWays(input: string, ...args: readonly string[]): Promise<void> {
  await command(input, ...args)
  await command(input, ...args, '--json')
}

describe('phones', () => {
  it('are found by this hunt in every spelling, and in a document’s own fields they are nothing to find', () => {
    const spellings = [
      LI,
      `+86${LI}`,
      `0086 ${spaced(LI)}`,
      `%2B86${LI}`,
      fullWidth(LI),
      `{"a":["tel. ${spaced(LI)}"]}`,
    ]
    for (const spelling of spellings) hunt.text(`text ${spelling}`, `before ${spelling} after`)
    for (const field of ['name', LI]) hunt.json(`json ${field}`, JSON.stringify({ held: [{ [field]: `+86${LI}` }] }))
    expect(hunt.found.size).toBe(spellings.length + 3)
    hunt.json('document', JSON.stringify({ phone: LI, phones: [LI], contactPhone: LI, to: LI, held: { phone: LI } }))
    hunt.text('document masked', '139****1207')
    expect(hunt.found.size).toBe(spellings.length + 3)
  })

  it('stand in documents’ own fields and nowhere else, whatever is done with them', async () => {
    let cloud = await start(['cloud', 'start'], join(folder.path, 'cloud'), mysql.url)
    const addBranch = async (id: string) => {
      await ask(cloud, '/api/branches', { id, name: id })
      const proxy = await FaultProxy.open(cloud.url)
      proxies.push(proxy)
      const dataDir = join(folder.path, id)
      const send = await signedFetchOf(cloud, id, dataDir)
      const flags = ['branch', 'start', '--cloud', proxy.url, '--interval', '0.2']
      return { id, proxy, send, flags, node: await start(flags, dataDir) }
    }
    const north = await addBranch('north')
    const south = await addBranch('south')
    const level = async () => {
      for (const { node } of [north, south]) {
        await ask(node, '/api/sync', {})
        await statusWhere<BranchNodeStatus>(node, ({ backlog }) => backlog.documents === 0)
      }
      const since = new Date().toISOString()
      await statusWhere<CloudNodeStatus>(cloud, ({ branches, mirrors: [mirror] }) => {
        const agree = branches.every(({ verdict }) => verdict.state === 'in-sync' && verdict.checkedAt! > since)
        return agree && mirror?.state === 'running' && mirror?.lag === 0
      })
    }
    const register = ({ node }: typeof north, name: string, phone: string, isPrivate = false) =>
      ask<MemberView>(node, '/api/members', { name, phone, private: isPrivate })
    const buy = ({ node, id }: typeof north, order: string, { id: memberId }: MemberView) =>
      ask(node, '/api/documents/orders', testOrder(order, id, memberId))
    const request = ({ node }: typeof north, { id }: MemberView, action: object) =>
      ask<RequestDocument>(node, `/api/members/${id}/requests`, action)
    const act = ({ id }: MemberView, action: object) => ask<MemberOutcome>(cloud, `/api/members/${id}/actions`, action)

    // Registered as people write phones, on both sides of a cut link, and sold to.
    north.proxy.cut()
    south.proxy.cut()
    const li = await register(north, 'Li', LI)
    await register(south, 'Lee', `+86 ${spaced(LI)}`)
    const wang = await register(north, 'Wang', `0086-${WANG}`)
    const zhao = await register(north, 'Zhao', `(${ZHAO.slice(0, 3)}) ${ZHAO.slice(3)}`)
    const sun = await register(south, 'Sun', fullWidth(SUN), true)
    const chen = await register(south, 'Chen', `+86${CHEN}`)
    const family = await register(north, 'Father', FAMILY)
    const daughter = await register(south, 'Daughter', FAMILY)
    await register(north, 'Again', LI)
    for (const wrong of WRONG) await register(north, 'Wrong', wrong)
    for (const [i, member] of [li, wang, zhao, family].entries()) await buy(north, `n${i}`, member)
    for (const [i, member] of [chen, sun, daughter].entries()) await buy(south, `s${i}`, member)
    north.proxy.restore()
    south.proxy.restore()
    await level()

    // Looked up and edited; conflicts; documents that are refused here and there.
    for (const node of [cloud, north.node, south.node]) {
      for (const phone of [LI, `+86${LI}`, spaced(LI), ...WRONG, REFUSED])
        await ask(node, '/api/members/find', { phone })
    }
    north.proxy.cut()
    await ask(north.node, '/api/documents/members', { id: chen.id, note: 'north' })
    await ask(south.node, '/api/documents/members', {
      id: chen.id,
      note: 'south',
      contactPhone: `0086 ${spaced(WRITTEN)}`,
    })
    north.proxy.restore()
    const broken = (phone: unknown) => ({ ...member('f'.repeat(32), REFUSED), phone })
    for (const phone of [`+86${REFUSED}`, REFUSED, spaced(REFUSED), 13_957_090_003, [`+86${REFUSED}`]]) {
      await ask(north.node, '/api/documents/members', broken(phone))
      await ask(cloud, '/api/documents/members', broken(phone))
      await pushDocument(north.send, broken(phone))
    }
    await ask(cloud, `/api/members/${li.id}/actions`, { do: 'merge', into: LI })
    await ask(cloud, `/api/members/${li.id}/actions`, { do: 'split', registrations: [`+86${LI}`] })
    await ask(north.node, `/api/members/${li.id}/requests`, { do: 'merge', into: spaced(LI) })
    await level()

    // What headquarters decides: clear, held, refused, merged, split, shared, released, deleted, erased.
    await request(north, wang, { do: 'phone', to: spaced(NEW) })
    await request(north, wang, { do: 'phone', to: WRONG[1] })
    await request(south, sun, { do: 'share' })
    await request(north, zhao, { do: 'phone', to: CHEN })
    await level()
    const held = await ask<RequestDocument[]>(cloud, '/api/requests')
    expect(held.map(({ what, why }) => [what, why])).toEqual([['phone', 'number-taken']])
    for (const one of held) {
      await ask(cloud, `/api/requests/${one.id}/decide`, { answer: 'grant', dryRun: true })
      await ask(cloud, `/api/requests/${one.id}/decide`, { answer: 'merge', into: chen.id })
    }
    await act(family, { do: 'split', registrations: daughter.registrations.map(({ id }) => id) })
    await act(li, { do: 'phone', to: NEW })
    await act(li, { do: 'phone', to: WRONG[2] })
    const zhou = await register(south, 'Zhou', ZHOU)
    await level()
    await act(zhou, { do: 'release' })
    await level()
    await register(south, 'Next', ZHOU)
    await ask(south.node, '/api/documents/members', { id: family.id, _deleted: true })
    await level()
    for (const { id } of [li, wang, zhao, chen, family, sun]) {
      for (const node of [cloud, north.node, south.node]) {
        await ask(node, `/api/members/${id}`)
        await ask(node, `/api/members/${id}/documents/orders`)
        await ask(node, `/api/documents/members/${id}`)
      }
      await ask(cloud, `/api/members/${id}/audit`)
    }
    for (const node of [cloud, north.node, south.node]) {
      for (const path of ['/api/requests', '/api/status', '/metrics', '/api/metrics']) {
        hunt.text(
          `answer of ${path}`,
          await (await fetch(`${node.url}${path}`, { headers: commandHeaders(node) })).text(),
        )
      }
      hunt.json('exceptions told', JSON.stringify(await ask(node, '/api/exceptions')))
    }
    for (const id of ['north', 'south']) await ask(cloud, `/api/branches/${id}/joining`)

    // The commands, and an import, with phones that are none among them.
    const [hq, here] = [cloud.dataDir, north.node.dataDir]
    await importCsv(here)
    await bothWays(LI, 'member', 'show', '--phone', '--data', hq)
    await bothWays(spaced(LI), 'member', 'show', '--phone', '--data', here)
    await Promise.all(WRONG.map((wrong) => bothWays(wrong, 'member', 'show', '--phone', '--data', here)))
    await bothWays(TAKEN, 'member', 'register', '--name', 'Typed', '--data', here)
    await bothWays(NEW, 'member', 'phone', li.id, '--data', hq)
    await bothWays(NEW, 'member', 'phone', li.id, '--data', here)
    for (const [name, data] of [
      ['review', hq],
      ['requests', here],
    ] as const)
      await bothWays('', 'member', name, '--data', data)
    await Promise.all([li, chen, zhou].map(({ id }) => bothWays('', 'member', 'audit', id, '--data', hq)))
    const misplaced = [
      ['show', LI],
      ['show', `--phone=${LI}`],
      ['show', `--+86${LI}`],
      ['show', li.id, LI],
      [LI],
      ['decide', LI, '--grant'],
    ]
    await Promise.all(misplaced.map((args) => bothWays('', 'member', ...args, '--data', hq)))
    await bothWays('', 'member', 'merge', li.id, '--into', spaced(LI), '--data', hq)
    await command('', spaced(LI))
    await Promise.all([hq, here].map((data) => bothWays('', 'status', '--data', data)))
    await bothWays('', 'cloud', 'branch', 'report', 'north', '--data', hq)
    await level()

    // MySQL refuses a row, and a trigger of the database says why in its own words.
    await mysql.query(
      "CREATE TRIGGER no_taken BEFORE UPDATE ON member FOR EACH ROW IF NEW.name = 'Refused' THEN" +
        " SET @why = CONCAT('not ', NEW.registered_phone); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = @why; END IF",
    )
    await ask(north.node, '/api/documents/members', { id: li.id, name: 'Refused' })
    await level()
    expect((await ask<CloudNodeStatus>(cloud, '/api/status')).mirrors[0]!.parked).toBe(1)
    for (const row of await mysql.query('SELECT * FROM outpost_mirror_parked'))
      hunt.text('parked row', JSON.stringify(row))

    // Erased, and started again.
    await act(chen, { do: 'erase' })
    await level()
    await south.node.child.kill()
    south.node = await start(south.flags, join(folder.path, 'south'))
    await register(south, 'After all', WANG)
    await level()
    for (const { node } of [north, south]) await node.child.stop()
    await cloud.child.stop()
    cloud = await start(['cloud', 'start'], cloud.dataDir, mysql.url)
    await cloud.child.stop()

    for (const id of ['cloud', 'north', 'south']) lookIntoStore(id, join(folder.path, id, 'store.sqlite'))
    for (const exchange of proxies.flatMap(({ seen }) => seen)) {
      const { url, status, requestHeaders, answerHeaders } = exchange
      hunt.text('address between the nodes', url)
      for (const header of [...requestHeaders, ...answerHeaders]) hunt.text('header between the nodes', header)
      hunt.json(`body sent to ${url}`, exchange.requestText())
      if (status === undefined) continue
      if (status < 400) hunt.json(`body of the answer to ${url}`, exchange.answerText())
      else hunt.text(`error between the nodes ${url}`, exchange.answerText())
    }
    expect(Object.fromEntries(hunt.found)).toEqual({})
    const looked = ['stdout', 'stderr', 'address', 'header', 'answer', 'error', 'command', 'parked', 'store', 'body']
    expect(looked.filter((kind) => !hunt.seen.has(kind))).toEqual([])
  }, 300_000)
})

/** Every column of every table, but those that a phone's own field has because there is an index on it. */
function lookIntoStore(node: string, file: string): void {
  const db = new Database(file, { readonly: true })
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]
  const indexed = indexedPhones(db)
  for (const name of tables) {
    for (const row of db.prepare(`SELECT * FROM "${name}"`).all() as Record<string, unknown>[]) {
      for (const [column, value] of Object.entries(row))
        if (!indexed.has(`${name}.${column}`)) hunt.json(`store of ${node}, ${name}.${column}`, String(value))
    }
  }
  db.close()
}

function indexedPhones(db: Database.Database): ReadonlySet<string> {
  const sql = `SELECT 'documents_' || number || '.f' || f.key AS name, f.value ->> 0 AS field
    FROM storage_key, json_each(columns, '$.fields') f`
  const columns = db.prepare(sql).all() as { name: string; field: string }[]
  return new Set(columns.filter(({ field }) => PHONE_FIELDS.has(field)).map(({ name }) => name))
}

async function importCsv(dataDir: string): Promise<void> {
  const rows = [
    `1,Hu,${CSV},CN`,
    `2,He,0086 ${spaced(CSV)},CN`,
    ...WRONG.map((wrong, i) => `${i + 3},W${i},${wrong},CN`),
  ]
  writeFileSync(join(folder.path, 'people.csv'), `id,name,phone,country\n${rows.join('\n')}\n9,Long,${CSV},CN,${CSV}\n`)
  const columns = 'columns: { legacyId: id, name: name, phone: phone, country: { column: country } }'
  const mapping = `version: 1\nsource: old\ncurrency: CNY\nmembers:\n  file: people.csv\n  ${columns}\n`
  writeFileSync(join(folder.path, 'people.yaml'), mapping)
  await bothWays('', 'branch', 'import', 'csv', '--map', join(folder.path, 'people.yaml'), '--data', dataDir)
}

/** What a branch of another make would send. */
async function pushDocument(send: SignedFetch, document: object): Promise<void> {
  const standpoint = { positions: {}, collections: ['members'] }
  const documents = [{ collection: 'members', version: 1, seq: 1, document }]
  const path = `${EXCHANGE_PATH}/push`
  await lookAt(path, await postSigned(send, path, { ...standpoint, class: 100, documents }))
}

function member(id: string, phone: string): Record<string, unknown> {
  const clock = { r: {}, s: {} }
  return {
    id,
    scope: 'shared',
    phone,
    generation: 0,
    name: 'X',
    tags: [],
    registrations: [],
    aliases: [],
    followUps: [],
    clock,
  }
}

function spaced(phone: string): string {
  return `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}`
}

function fullWidth(phone: string): string {
  return [...phone].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')
}
