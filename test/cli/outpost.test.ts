import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { startBranch } from '../support/start-branch.ts'

const folder = temporaryFolder()

afterEach(killAllNodes)
afterAll(folder.remove)

const COMMANDS = [
  [],
  ['cloud'],
  ['cloud', 'start'],
  ['cloud', 'branch'],
  ['cloud', 'branch', 'add'],
  ['cloud', 'import', 'csv'],
  ['branch'],
  ['branch', 'start'],
  ['branch', 'sync'],
  ['branch', 'import', 'csv'],
  ['status'],
  ['backup'],
  ['restore'],
]

describe('outpost', () => {
  it('explains every command with --help', async () => {
    const told = await Promise.all(
      COMMANDS.map(async (command) => ({ command, ...(await runCommand([...command, '--help'])) })),
    )
    for (const { command, code, stdout } of told) {
      expect([command, code]).toEqual([command, 0])
      expect(stdout).toMatch(/^Usage: outpost/)
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(200)
    }
  })

  it('refuses a wrong command line with exit code 2 and a word on what is possible', async () => {
    const wrong = [
      ['nonsense'],
      ['branch', 'sync', 'maybe'],
      ['cloud', 'start', '--port', '99999'],
      ['cloud', 'branch', 'add'],
    ]
    const told = await Promise.all(wrong.map(async (args) => ({ args, ...(await runCommand(args)) })))
    for (const { args, code, stderr } of told) {
      expect([args, code]).toEqual([args, 2])
      expect(stderr).toContain('--help')
    }
  })

  it('says what is wrong and what to do, in words and as JSON', async () => {
    const missing = join(folder.path, 'nobody')
    const inWords = await runCommand(['status', '--data', missing])
    expect([inWords.code, inWords.stderr]).toEqual([1, expect.stringContaining('NODE_UNREACHABLE')])
    expect(inWords.stderr).toContain('outpost cloud start')
    const asJson = await runCommand(['status', '--data', missing, '--json'])
    expect(JSON.parse(asJson.stderr)).toMatchObject({ code: 'NODE_UNREACHABLE' })
    const first = await runCommand(['branch', 'start', '--data', missing])
    expect([first.code, first.stderr]).toEqual([1, expect.stringContaining('outpost branch enroll')])
    const mapping = await runCommand(['branch', 'import', 'csv', '--data', missing, '--map', 'none.yaml'])
    expect([mapping.code, mapping.stderr]).toEqual([1, expect.stringContaining('outpost:')])
  })

  it('does at headquarters the same with the node stopped and running', async () => {
    const data = join(folder.path, 'cloud')
    const mistaken = await runCommand(['cloud', 'branch', 'list', '--data', data])
    expect([mistaken.code, mistaken.stderr]).toEqual([1, expect.stringContaining('holds no headquarters')])
    expect(existsSync(data)).toBe(false)
    const add = (id: string) => runCommand(['cloud', 'branch', 'add', id, '--name', `Branch ${id}`, '--data', data])
    expect((await add('b1')).code).toBe(0)
    const cloud = await startNode(['cloud', 'start', '--data', data])
    expect((await add('b2')).code).toBe(0)
    const twice = await add('b2')
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('BRANCH_EXISTS')])
    expect((await add('Not An Id')).stderr).toContain('small letters')
    expect((await runCommand(['cloud', 'branch', 'disable', 'b1', '--data', data])).stdout).toContain('disabled')
    const running = await runCommand(['cloud', 'branch', 'list', '--data', data, '--json'])
    expect(await cloud.stop()).toBe(0)
    const stopped = await runCommand(['cloud', 'branch', 'list', '--data', data, '--json'])
    expect(JSON.parse(stopped.stdout)).toEqual(JSON.parse(running.stdout))
    expect(JSON.parse(stopped.stdout)).toMatchObject([
      { id: 'b1', enabled: false },
      { id: 'b2', enabled: true },
    ])
  })

  it('refuses to open a store that another process has open', async () => {
    const data = join(folder.path, 'locked')
    await startNode(['cloud', 'start', '--data', data])
    const second = await runCommand(['cloud', 'start', '--data', data, '--port', '0'])
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('STORE_LOCKED')])
  })

  it('imports CSV into a branch, stopped or running, twice without a change, and lists what it rejected', async () => {
    const { cloud, data } = await chainOfOne('import')
    const files = folder.path
    const member = 'id,name,phone,country\n1,Li,13800138000,CN\n2,Wang,nonsense,CN\n3,Zhao,13800138002,CN,too many\n'
    writeFileSync(join(files, 'members.csv'), member)
    writeFileSync(join(files, 'orders.csv'), 'id,member,date\n10,1,2026-01-02\n11,9,2026-01-03\n')
    writeFileSync(join(files, 'lines.csv'), 'order,product,name,price,quantity\n10,5,Tea,12.50,2\n11,5,Tea,12.50,1\n')
    writeFileSync(join(files, 'map.yaml'), MAPPING)
    const run = () =>
      runCommand(['branch', 'import', 'csv', '--map', join(files, 'map.yaml'), '--data', data, '--json'])
    const first = await run()
    expect(first.stderr).toBe('')
    expect(first.code).toBe(3)
    const report = JSON.parse(first.stdout) as {
      inserted: object
      rejected: object
      notes: string[]
      rejectsFile: string
    }
    expect(report.inserted).toEqual({ member: 2, product: 0, order: 2 })
    expect(report.rejected).toMatchObject({ members: 1, orders: 0 })
    expect(report.notes.join('\n')).toMatch(/members.csv:3: 2: imported without a phone/)
    expect(report.notes.join('\n')).toMatch(/customer 9 is unknown: a stub member was made/)
    const own = ['--rejects', join(files, 'members.csv')]
    const map = ['--map', join(files, 'map.yaml')]
    const overwrite = await runCommand(['branch', 'import', 'csv', ...map, '--data', data, ...own])
    expect([overwrite.code, overwrite.stderr]).toEqual([1, expect.stringContaining('name another file')])
    const branch = await startNode(['branch', 'start', '--data', data])
    const again = JSON.parse((await run()).stdout) as { inserted: object; unchanged: object }
    expect(again).toMatchObject({ inserted: { member: 0, order: 0 }, unchanged: { member: 2, order: 2 } })
    await branch.stop()
    await cloud.stop()
  })

  it('turns synchronisation off and on, and keeps it over a restart', async () => {
    const { cloud, data } = await chainOfOne('sync')
    const sync = (action: string) => runCommand(['branch', 'sync', action, '--data', data, '--json'])
    expect(JSON.parse((await sync('off')).stdout)).toMatchObject({ sync: { enabled: false } })
    const branch = await startNode(['branch', 'start', '--data', data])
    expect(await branch.get('/api/status')).toMatchObject({ sync: { enabled: false, verdict: { state: 'unknown' } } })
    expect(JSON.parse((await sync('on')).stdout)).toMatchObject({
      sync: { enabled: true, verdict: { state: 'in-sync' } },
    })
    await cloud.kill()
    const unreachable = await sync('now')
    expect(unreachable.code).toBe(1)
    expect(JSON.parse(unreachable.stdout)).toMatchObject({ sync: { lastError: { code: 'LINK_FAILED' } } })
  })
})

/** A running headquarters and one branch that has joined and is stopped. */
async function chainOfOne(name: string): Promise<{ cloud: NodeProcess; data: string }> {
  const cloud = await startNode(['cloud', 'start', '--data', join(folder.path, `${name}-cloud`)])
  await cloud.post('/api/branches', { id: 'b1', name: 'North' })
  const data = join(folder.path, `${name}-branch`)
  const branch = await startBranch(cloud, { id: 'b1', dataDir: data })
  await branch.stop()
  return { cloud, data }
}

const MAPPING = `
version: 1
source: legacy
currency: CNY
members:
  file: members.csv
  columns: { legacyId: id, name: name, phone: phone, country: country }
orders:
  file: orders.csv
  columns: { legacyId: id, number: id, memberLegacyId: member, placedAt: date, status: { constant: paid } }
orderLines:
  file: lines.csv
  columns: { orderLegacyId: order, productLegacyId: product, name: name, price: price, quantity: quantity }
`
