import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cloudConfigSchema } from '../../adapters/config/cloud-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import type { Chain } from '../../cloud-node/chain.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder } from '../support/node-process.ts'

let folder: { path: string; remove: () => void }

beforeAll(() => {
  folder = temporaryFolder()
})

afterEach(async () => {
  await killAllNodes()
})

afterAll(() => folder.remove())

let count = 0
/** The data folder of one more node, with what its file says. */
function dataFolder(text?: string, mode = 0o600): string {
  const data = join(folder.path, `node ${(count += 1)}`)
  if (text === undefined) return data
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'outpost.yaml'), text)
  chmodSync(join(data, 'outpost.yaml'), mode)
  return data
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('outpost cloud init', () => {
  it('writes what was asked beside the defaults, for the owner only, and says what comes next', async () => {
    const data = dataFolder()
    const names = ['--name', 'hq.example.com', '--name', '10.0.0.2']
    const done = await runCommand(['cloud', 'init', '--data', data, ...names, '--country', 'NO', '--currency', 'NOK'])
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect([modeOf(data), modeOf(join(data, 'outpost.yaml'))]).toEqual(['700', '600'])
    expect(readConfig(data, cloudConfigSchema)).toEqual({
      port: 7700,
      address: '127.0.0.1',
      names: ['hq.example.com', '10.0.0.2'],
      insecureHttp: false,
      country: 'NO',
      currency: 'NOK',
      overdraft: { points: 0, value: 0 },
      backup: { folder: join(data, 'backups'), hour: 3 },
      log: 'warn',
    })
    const commands = [
      `outpost cloud account add <name> --role administrator --data '${data}'`,
      `outpost cloud start --data '${data}'`,
      `outpost cloud branch add <id> --name <name> --data '${data}'`,
      `outpost cloud branch code <id> --data '${data}'`,
    ]
    const places = commands.map((command) => done.stdout.indexOf(command))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  it('overwrites nothing unless it is told to', async () => {
    const data = dataFolder()
    const first = await runCommand(['cloud', 'init', '--data', data, '--json'])
    const { file, next } = JSON.parse(first.stdout) as { file: string; next: string[] }
    expect([file, next.length]).toEqual([join(data, 'outpost.yaml'), 4])
    writeFileSync(file, 'port: 1\n')
    const second = await runCommand(['cloud', 'init', '--data', data, '--json'])
    expect([second.code, JSON.parse(second.stderr)]).toEqual([
      1,
      expect.objectContaining({ code: 'BAD_CONFIGURATION', field: 'force' }),
    ])
    expect(readFileSync(file, 'utf8')).toBe('port: 1\n')
    expect(await runCommand(['cloud', 'init', '--data', data, '--force'])).toMatchObject({ code: 0 })
    expect(readConfig(data, cloudConfigSchema)).toMatchObject({ port: 7700 })
  })

  it('refuses what the file would not take, and writes nothing', async () => {
    const data = dataFolder()
    const wrong = [
      ['--country', 'XX'],
      ['--currency', 'yuan'],
      ['--name', 'https://hq.example.com'],
      ['--name', 'hq.example.com', '--name', 'a b'],
    ]
    const told = await Promise.all(wrong.map((flags) => runCommand(['cloud', 'init', '--data', data, ...flags])))
    for (const { code, stderr } of told) expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed: ')])
    expect(existsSync(data)).toBe(false)
  })

  it('leaves what a headquarters has kept as it is', async () => {
    const data = dataFolder()
    const kept = ['--country', 'US', '--overdraft-points', '5']
    const first = await startNode(['cloud', 'start', '--data', data, ...kept])
    await first.stop()
    expect(await runCommand(['cloud', 'init', '--data', data])).toMatchObject({ code: 0 })
    const second = await startNode(['cloud', 'start', '--data', data])
    await second.stop()
    expect(chainOf(data)).toMatchObject({ country: 'US', currency: 'CNY', overdraft: { points: 5, value: 0 } })
  })
})

/** What a headquarters that is stopped has kept of its chain. */
function chainOf(data: string): Chain {
  const { operations, close } = openStoppedCloud(data, COLLECTIONS)
  close()
  return operations.chain
}

describe('a start', () => {
  it('takes the file, and the command line before it', async () => {
    const data = dataFolder(
      'country: US\ncurrency: USD\noverdraft: {points: 7}\ncollections: more.mjs\nbackup: {hour: off}\n',
    )
    const stocktakes = { ...COLLECTIONS.find(({ name }) => name === 'products')!, name: 'stocktakes' }
    writeFileSync(join(data, 'more.mjs'), `export default ${JSON.stringify(stocktakes)}\n`)
    const first = await startNode(['cloud', 'start', '--data', data])
    const status = await first.get<CloudNodeStatus>('/api/status')
    expect(status.backup).toMatchObject({ state: 'off', folder: join(data, 'backups') })
    expect(Object.keys(status.collections)).toContain('stocktakes')
    await first.stop()
    expect(chainOf(data)).toMatchObject({ country: 'US', currency: 'USD', overdraft: { points: 7 } })
    const flags = ['--country', 'NO', '--overdraft-points', '8', '--backup-at', '4']
    const second = await startNode(['cloud', 'start', '--data', data, ...flags])
    expect((await second.get<CloudNodeStatus>('/api/status')).backup?.state).toBe('waiting')
    await second.stop()
    expect(chainOf(data)).toMatchObject({ country: 'NO', currency: 'USD', overdraft: { points: 8 } })
  })

  it('takes the port of the file', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const refused = await runCommand(['cloud', 'start', '--data', dataFolder(`port: ${port}`)])
    server.close()
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`:${port}`)])
  })

  it('mirrors into the MySQL that a secret file names', async () => {
    const data = dataFolder('mysql: {urlFile: secret}')
    writeFileSync(join(data, 'secret'), 'mysql://root:hunter2@127.0.0.1:1/shop\n', { mode: 0o600 })
    const node = await startNode(['cloud', 'start', '--data', data])
    const { mirrors } = await node.get<CloudNodeStatus>('/api/status')
    expect(mirrors).toHaveLength(1)
    expect(JSON.stringify(mirrors)).not.toContain('hunter2')
    await node.stop()
    chmodSync(join(data, 'secret'), 0o644)
    const refused = await runCommand(['cloud', 'start', '--data', data])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/line 1: mysql\.urlFile .* has mode 644/)])
  })

  it.each([
    ['an unknown key', 'prot: 1', /outpost\.yaml, line 1: prot is no known key: did you mean port\?/],
    [
      'a wrong type',
      'log: warn\nport: all',
      /line 2: port takes a port from 0 \(any free one\) to 65535, and not a text/,
    ],
    ['no YAML', 'port: [1', /line 1: the file is no YAML here/],
    ['a key of HTTPS that is missing', 'tls:\n  certificate: outpost.yaml', /line 1: tls\.key is missing/],
    [
      'a key of HTTPS that is not there',
      'tls:\n  certificate: outpost.yaml\n  key: no.pem',
      /line 3: tls\.key .*no\.pem is not there/,
    ],
  ])('is refused for %s', async (_, text, words) => {
    const data = dataFolder(text)
    for (const node of ['cloud', 'branch']) {
      if (node === 'branch' && text.startsWith('tls')) continue
      const { code, stderr } = await runCommand([node, 'start', '--data', data])
      expect([code, stderr]).toEqual([1, expect.stringMatching(words)])
      expect(stderr).toContain('BAD_CONFIGURATION')
    }
    expect(existsSync(join(data, 'store.sqlite'))).toBe(false)
  })

  it('is refused for a file that others may read', async () => {
    const data = dataFolder('port: 0', 0o640)
    for (const node of ['cloud', 'branch']) {
      const { code, stderr } = await runCommand([node, 'start', '--data', data])
      expect([code, stderr]).toEqual([1, expect.stringMatching(/has mode 640.*chmod 600.*BAD_CONFIGURATION/)])
    }
  })

  it('is refused without encryption on anything but this machine, unless it is asked for by name', async () => {
    const refused = await runCommand(['cloud', 'start', '--data', dataFolder('address: 0.0.0.0')])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('[UNENCRYPTED]')])
    expect(refused.stderr).toContain('insecureHttp: true')
    const node = await startNode(['cloud', 'start', '--data', dataFolder('address: 0.0.0.0\ninsecureHttp: true')])
    expect(await node.stop()).toBe(0)
  })
})
