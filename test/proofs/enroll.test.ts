import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { branchConfigSchema } from '../../adapters/config/branch-config.ts'
import type { CloudConfig } from '../../adapters/config/cloud-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import { readCertificates } from '../../adapters/tls/pem-file.ts'
import { addressOf } from '../../cloud-node/cli/enrolment-commands.ts'
import type { AuditEntry } from '../../schemas/protocol/accounts.ts'
import type { BranchKeyView, IssuedCode, ProgramView, RevokeOutcome } from '../../schemas/protocol/branches.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'

const folder = temporaryFolder()
const cloudData = join(folder.path, 'cloud')
let cloud: NodeProcess

beforeAll(async () => {
  cloud = await startNode(['cloud', 'start', '--data', cloudData])
  for (const id of ['north', 'south', 'west', 'east']) await cloud.post('/api/branches', { id, name: id.toUpperCase() })
})

afterAll(async () => {
  await killAllNodes()
  folder.remove()
})

function atCloud(...args: string[]) {
  return runCommand(['cloud', ...args, '--data', cloudData])
}

async function asJson<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await atCloud(...args, '--json')
  expect(stderr).toBe('')
  return JSON.parse(stdout) as T
}

async function codeFor(branch: string): Promise<string> {
  return (await asJson<IssuedCode>('branch', 'code', branch)).code
}

const keysOf = async (branch: string) =>
  (await asJson<{ keys: BranchKeyView[] }>('branch', 'keys', branch)).keys.map(({ state }) => state)

function enroll(data: string, code: string, ...flags: string[]) {
  const args = ['branch', 'enroll', '--data', data, ...flags]
  return runCommand(args, { OUTPOST_ENROLMENT_CODE: code })
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('outpost branch enroll', () => {
  const data = join(folder.path, 'north')

  it('makes a PC the branch of its code, and writes the whole file', async () => {
    const issued = await atCloud('branch', 'code', 'north')
    const [code] = issued.stdout.split('\n')
    expect(issued.stdout).toContain('outpost branch enroll --cloud')
    expect(await keysOf('north')).toEqual([])
    const done = await enroll(data, code!, '--cloud', `${cloud.url}/`, '--lan-name', 'till.shop.example')
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toMatch(/branch north \(NORTH\)[^]*outpost branch start --data[^]*outpost branch pair --data/)
    expect([modeOf(data), modeOf(join(data, 'outpost.yaml'))]).toEqual(['700', '600'])
    expect(readConfig(data, branchConfigSchema)).toEqual({
      cloud: cloud.url,
      insecureHttp: false,
      port: 7800,
      lan: { name: 'till.shop.example', port: 7843, setupPort: 7880, address: '0.0.0.0' },
      interval: 10,
      batch: 100,
      backup: { folder: join(data, 'backups'), hour: 3 },
      log: 'warn',
    })
    expect(await keysOf('north')).toEqual(['current'])
  })

  it('keeps a copy of the certificates that it was given beside the file', async () => {
    const given = join(folder.path, 'given.pem')
    writeFileSync(given, rootCertificates[0]!)
    const east = join(folder.path, 'east')
    const flags = ['--cloud', cloud.url, '--ca', relative(process.cwd(), given)]
    expect(await enroll(east, await codeFor('east'), ...flags)).toMatchObject({ code: 0, stderr: '' })
    rmSync(given)
    const { ca } = readConfig(east, branchConfigSchema)
    expect([ca, modeOf(ca!)]).toEqual([join(east, 'authorities.pem'), '600'])
    expect(readCertificates(ca!, 'ca').map(String)).toEqual([new X509Certificate(rootCertificates[0]!).toString()])
    expect(readFileSync(join(east, 'outpost.yaml'), 'utf8')).toContain('\nca: authorities.pem\n')
  })

  it('gives the same branch a new key, and keeps what the file says', async () => {
    const file = join(data, 'outpost.yaml')
    const words = readFileSync(file, 'utf8').replace('batch: 100', 'batch: 50 # a slow line')
    writeFileSync(file, words)
    const codeFile = join(folder.path, 'code')
    writeFileSync(codeFile, `${await codeFor('north')}\n`, { mode: 0o600 })
    const done = await enroll(data, '', '--code-file', codeFile, '--json')
    expect(JSON.parse(done.stdout)).toMatchObject({ branchId: 'north', branchName: 'NORTH', file })
    expect(readFileSync(file, 'utf8')).toBe(words)
    expect(await keysOf('north')).toEqual(['current', 'revoked'])
    const other = await enroll(data, await codeFor('south'), '--lan-name', 'other.example')
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('north')])
    expect(readFileSync(file, 'utf8')).toBe(words)
  })

  it('makes nothing where it is refused', async () => {
    const at = ['--cloud', cloud.url]
    const none = join(folder.path, 'none')
    const open = join(folder.path, 'open')
    writeFileSync(open, 'code', { mode: 0o644 })
    const headquarters = join(folder.path, 'stopped')
    await runCommand(['cloud', 'branch', 'add', 'north', '--name', 'North', '--data', headquarters])
    const wrong: [RegExp, Promise<{ code: number | null; stderr: string }>][] = [
      [/\[ENROLMENT_CODE\]/, enroll(none, 'not a code', ...at)],
      [/\[ENROLMENT_CODE\]/, enroll(none, 'ABCDEF-'.repeat(7), ...at)],
      [/--cloud.*\[BAD_CONFIGURATION\]/, enroll(none, 'x')],
      [/OUTPOST_ENROLMENT_CODE.*\[BAD_CONFIGURATION\]/, enroll(none, '', ...at)],
      [/others may read .*\[BAD_CONFIGURATION\]/, enroll(none, '', ...at, '--code-file', open)],
      [/\[UNENCRYPTED\]/, enroll(none, 'x', '--cloud', 'http://192.0.2.1:7700')],
      [/certificates in PEM.*\[BAD_CONFIGURATION\]/, enroll(none, '', ...at, '--ca', open)],
      [/data folder of headquarters.*\[BAD_CONFIGURATION\]/, enroll(headquarters, '', ...at)],
      [/Allowed: a host name/, enroll(none, 'x', ...at, '--lan-name', 'a b')],
    ]
    for (const [words, told] of wrong) {
      const { code, stderr } = await told
      expect([code, stderr]).toEqual([expect.any(Number), expect.stringMatching(words)])
      expect(code).not.toBe(0)
      expect(stderr).not.toContain('not a code')
    }
    expect(existsSync(none)).toBe(false)
  })
})

describe('outpost branch start', () => {
  it('starts what was enrolled without being told where headquarters is', async () => {
    const node = await startNode(['branch', 'start', '--data', join(folder.path, 'north')])
    expect(await node.stop()).toBe(0)
  })

  it('says of a folder that is no branch how it becomes one', async () => {
    const { code, stderr } = await runCommand(['branch', 'start', '--data', join(folder.path, 'nobody')])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/there is no folder .*outpost branch enroll --data /)])
  })
})

describe('the address that a code is shown with', () => {
  const tls = { certificate: '/c.pem', key: '/k.pem' }
  it.each([
    [{}, undefined],
    [{ names: ['hq.example.com'] }, undefined],
    [{ names: ['hq.example.com', 'other.example'], tls }, 'https://hq.example.com:7700'],
    [{ names: ['hq.example.com'], tls, port: 0 }, undefined],
    [{ names: ['hq.example.com'], tls, port: 443 }, 'https://hq.example.com'],
    [{ names: ['hq.example.com'], trustedProxies: ['127.0.0.1'], port: 8000 }, 'https://hq.example.com'],
    [{ names: ['10.0.0.2'], insecureHttp: true, port: 80 }, 'http://10.0.0.2'],
    [{ names: ['fd00::1'], insecureHttp: true }, 'http://[fd00::1]:7700'],
  ])('for %j is %s', (config: CloudConfig, address) => {
    expect(addressOf(config)).toBe(address)
  })
})

describe('outpost cloud program', () => {
  it('lets a program in as one branch, shows its token once, and shuts it out', async () => {
    const added = await asJson<ProgramView & { token: string }>('program', 'add', 'north', '--name', 'stock view')
    const pull = () =>
      fetch(`${cloud.url}/products/0/pull?lwt=0&id=&limit=1`, { headers: { authorization: `Bearer ${added.token}` } })
    expect((await pull()).status).toBe(200)
    const list = await atCloud('program', 'list')
    expect(list.stdout).toMatch(new RegExp(`^${added.id} +north .* stock view$`, 'm'))
    expect(list.stdout).not.toContain(added.token)
    expect(await atCloud('program', 'revoke', added.id)).toMatchObject({ code: 0 })
    expect((await pull()).status).toBe(401)
    expect((await atCloud('program', 'list')).stdout).toBe('no program is let in\n')
    expect((await atCloud('program', 'revoke', added.id)).stderr).toContain('[ACCOUNT_UNKNOWN]')
    const nowhere = await atCloud('program', 'add', 'nowhere', '--name', 'x')
    expect(nowhere.stderr).toContain('[BRANCH_UNKNOWN]')
  })
})

describe('outpost cloud branch revoke', () => {
  it('asks first, tries without changing anything, and shuts the PC out', async () => {
    const asked = await atCloud('branch', 'revoke', 'north')
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringMatching(/1 key\).*--yes/)])
    const tried = await asJson<RevokeOutcome>('branch', 'revoke', 'north', '--dry-run')
    expect(tried).toEqual({ dryRun: true, revoked: 1 })
    expect(await keysOf('north')).toEqual(['current', 'revoked'])
    const done = await atCloud('branch', 'revoke', 'north', '--yes')
    expect(done.stdout).toContain('1 key revoked')
    expect((await atCloud('branch', 'keys', 'north')).stdout).toMatch(/revoked .*, revoked \d{4}-/)
    expect(await keysOf('north')).toEqual(['revoked', 'revoked'])
    expect((await atCloud('branch', 'revoke', 'nowhere', '--yes')).stderr).toContain('[BRANCH_UNKNOWN]')
  })

  describe('with headquarters stopped', () => {
    let program: string

    it('lets in by code and by token all the same', async () => {
      await cloud.stop()
      const code = await codeFor('west')
      program = (await asJson<ProgramView>('program', 'add', 'west', '--name', 'till')).id
      const programs = await asJson<ProgramView[]>('program', 'list')
      expect(programs).toMatchObject([{ id: program, name: 'till', branchId: 'west' }])
      cloud = await startNode(['cloud', 'start', '--data', cloudData])
      expect(await enroll(join(folder.path, 'west'), code, '--cloud', cloud.url)).toMatchObject({ code: 0 })
    })

    it('shuts out all the same, and the audit log has all of it', async () => {
      await cloud.stop()
      expect(await asJson<RevokeOutcome>('branch', 'revoke', 'west', '--yes')).toEqual({ dryRun: false, revoked: 1 })
      expect(await asJson<unknown>('program', 'revoke', program)).toEqual({ revoked: program })
      expect(await keysOf('west')).toEqual(['revoked'])
      cloud = await startNode(['cloud', 'start', '--data', cloudData])
      const { entries } = await cloud.get<{ entries: AuditEntry[] }>('/api/audit')
      const noted = entries.filter(({ actor }) => actor === 'command').map(({ action, subject }) => [action, subject])
      expect(noted.slice(0, 4)).toEqual([
        ['program.revoke', program],
        ['branch.revoke', 'west'],
        ['program.add', program],
        ['branch.code', 'west'],
      ])
    })
  })
})
