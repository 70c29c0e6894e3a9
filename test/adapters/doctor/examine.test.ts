/** Nodes that do not run, looked at where they lie. */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { examine, type DoctorReport } from '../../../adapters/doctor/examine.ts'
import type { CheckName, Finding } from '../../../adapters/doctor/finding.ts'
import { newSigningKey } from '../../../adapters/exchange/signature.ts'
import { IDENTITY_SETTINGS } from '../../../adapters/sqlite/store-identity.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { examineCloud } from '../../../cloud-node/cli/cloud-doctor.ts'
import { CLOUD_URL } from '../../../local-node/branch-identity.ts'
import { examineBranch } from '../../../local-node/cli/branch-doctor.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { DAY_MS, issueRoot, issueServer, keyPem, pem, type Issued } from '../tls/certificates.ts'
import { CLOUD_PUBLIC_KEY, serveHeadquarters, TIME_MS, type Headquarters } from '../tls/headquarters.ts'

let data: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'outpost-doctor-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  rmSync(data, { recursive: true, force: true })
})

const closing: (() => Promise<void>)[] = []

async function served(chain: readonly Issued[]): Promise<Headquarters> {
  const headquarters = await serveHeadquarters(chain)
  closing.push(() => headquarters.close())
  return headquarters
}

const look = () => examine(data, { branch: examineBranch, cloud: examineCloud })

function of({ findings }: DoctorReport, check: CheckName): Finding[] {
  return findings.filter((finding) => finding.check === check)
}

/** A store as a node leaves it, of a branch where headquarters is named. */
function storeOf(cloudUrl?: string, cloudKey = CLOUD_PUBLIC_KEY): Store {
  const file = join(data, 'store.sqlite')
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: cloudUrl !== undefined })
  const chainKey = 'ab'.repeat(32)
  if (cloudUrl === undefined) store.writeSetting(IDENTITY_SETTINGS.cloud, JSON.stringify({ key: chainKey }))
  else {
    const facts = { branchId: 'north', branchName: 'North', chainKey, cloudKey, country: 'CN', currency: 'CNY' }
    store.writeSetting(IDENTITY_SETTINGS.branch, JSON.stringify(facts))
    store.writeSetting(CLOUD_URL, cloudUrl)
  }
  return store
}

function configure(text: string): void {
  writeFileSync(join(data, 'outpost.yaml'), text, { mode: 0o600 })
}

describe('a stopped node', () => {
  it('that is well has nothing but a missing backup, and is left as it was', async () => {
    storeOf().close()
    const before = statSync(join(data, 'store.sqlite')).size
    const report = await look()
    expect(report).toMatchObject({ node: 'cloud', running: false, state: 'warning' })
    expect(report.findings.filter(({ state }) => state !== 'ok').map(({ check }) => check)).toEqual(['backup'])
    expect(of(report, 'store')).toMatchObject([{ state: 'ok', message: expect.stringContaining('is whole') as string }])
    expect(statSync(join(data, 'store.sqlite')).size).toBe(before)
  })

  it('whose store is damaged is told to restore its backup', async () => {
    const store = storeOf()
    store.transaction('test', () => {
      for (let i = 0; i < 500; i++) store.writeSetting(`filler ${i}`, 'x'.repeat(200))
    })
    store.close()
    const file = join(data, 'store.sqlite')
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(8192, 0xff), 0, 8192, statSync(file).size - 8192)
    closeSync(handle)
    const [finding] = of(await look(), 'store')
    expect(finding).toMatchObject({ state: 'failed', code: 'STORE_INVALID' })
    expect(finding!.remedy).toContain('outpost restore')
  })

  it('whose store somebody has open without answering may be starting', async () => {
    const store = storeOf()
    configure('currency: CNY\n')
    const report = await look()
    expect(of(report, 'lock')).toMatchObject([{ state: 'failed', code: 'NODE_STARTING' }])
    expect(report).toMatchObject({ node: 'cloud', state: 'failed' })
    store.close()
  })

  it('whose files others may read is told which', async () => {
    storeOf().close()
    chmodSync(join(data, 'store.sqlite'), 0o644)
    const [finding] = of(await look(), 'files')
    expect(finding).toMatchObject({ state: 'warning' })
    expect(finding!.remedy).toBe(`Take the rights away: chmod go-rwx ${join(data, 'store.sqlite')}`)
  })

  it('whose configuration names a channel that keeps headquarters from starting is told which', async () => {
    storeOf().close()
    const file = join(data, 'ding.yaml')
    writeFileSync(file, 'kind: dingtalk\nname: ding\nurl: http://robot.example.com/\n', { mode: 0o600 })
    configure(`alerts:\n  channels: [${file}]\n`)
    const [found] = of(await look(), 'configuration')
    expect(found).toMatchObject({ state: 'failed', code: 'BAD_CONFIGURATION' })
    expect(found!.message).toContain('ding.yaml')
  })

  it('whose configuration is wrong is told the line, and the rest is looked at', async () => {
    storeOf().close()
    configure('currency: CNY\nprot: 7700\n')
    const report = await look()
    expect(of(report, 'configuration')).toMatchObject([{ state: 'failed', code: 'BAD_CONFIGURATION' }])
    expect(of(report, 'configuration')[0]!.message).toContain('prot')
    expect(of(report, 'store')).toMatchObject([{ state: 'ok' }])
  })

  it('whose store is lost is no new node', async () => {
    mkdirSync(join(data, 'backups'))
    writeFileSync(join(data, 'backups', 'outpost-cloud-1.sqlite'), '')
    configure('currency: CNY\n')
    expect(of(await look(), 'store')).toMatchObject([{ state: 'failed', code: 'STORE_LOST' }])
  })

  it('that nothing tells of is asked for by name', async () => {
    const report = await look()
    expect(report.node).toBeUndefined()
    expect(of(report, 'configuration')).toMatchObject([{ remedy: expect.stringContaining('--data') as string }])
  })

  it.each([
    ['is no YAML', 'port: [7700\n', 'the file is no YAML here'],
    ['has a mistake in what only headquarters has', 'mysql:\n  url: mysql://a\n', 'mysql.url is no known key'],
    ['has a mistake in what only a branch has', 'legacy:\n  url: mysql://a\n', 'legacy.url is no known key'],
  ])('that nothing tells of since its configuration %s is told that mistake too', async (_, text, said) => {
    configure(text)
    const findings = of(await look(), 'configuration')
    expect(findings).toHaveLength(2)
    expect(findings[1]!.message).toContain(said)
  })
})

describe('headquarters', () => {
  it.each([
    [[-30, 60], 'ok', 'is good until'],
    [[-90, 3], 'warning', 'ends in'],
    [[-30, -1], 'failed', 'has expired'],
  ] as const)('with a certificate from and to day %j is %s', async (dates, state, words) => {
    storeOf().close()
    const root = issueRoot([-100, 100])
    const server = issueServer(root, dates)
    writeFileSync(join(data, 'chain.pem'), pem(server, root))
    writeFileSync(join(data, 'key.pem'), keyPem(server), { mode: 0o600 })
    configure(`tls:\n  certificate: ${join(data, 'chain.pem')}\n  key: ${join(data, 'key.pem')}\n`)
    const [finding] = of(await look(), 'certificate')
    expect(finding).toMatchObject({ state, message: expect.stringContaining(words) as string })
  })

  it('whose key does not fit its certificate is told so', async () => {
    storeOf().close()
    writeFileSync(join(data, 'chain.pem'), pem(issueServer(undefined)))
    writeFileSync(join(data, 'key.pem'), keyPem(issueServer(undefined)), { mode: 0o600 })
    configure(`tls:\n  certificate: ${join(data, 'chain.pem')}\n  key: ${join(data, 'key.pem')}\n`)
    expect(of(await look(), 'certificate')).toMatchObject([{ state: 'failed', code: 'BAD_CONFIGURATION' }])
  })

  it('whose MySQL is away is told so, without its password', async () => {
    storeOf().close()
    writeFileSync(join(data, 'mysql-url'), 'mysql://root:kelp-secret@127.0.0.1:1/outpost\n', { mode: 0o600 })
    configure(`mysql:\n  urlFile: ${join(data, 'mysql-url')}\n`)
    const report = await look()
    expect(of(report, 'mysql')).toMatchObject([{ state: 'failed', code: 'MIRROR_UNAVAILABLE' }])
    expect(JSON.stringify(report)).not.toContain('kelp-secret')
  })

  it('whose clock went back behind what it has told is told by how much', async () => {
    const store = storeOf()
    store.writeSetting('clock', JSON.stringify({ floorMs: Date.now() + 3 * DAY_MS }))
    store.close()
    expect(of(await look(), 'clock')[0]!.message).toContain('3 days behind')
  })
})

describe('a branch', () => {
  it('asks its headquarters for the time, and looks at the certificate', async () => {
    const root = issueRoot([-100, 100])
    const headquarters = await served([issueServer(root, [-1, 60]), root])
    writeFileSync(join(data, 'ca.pem'), pem(root))
    configure(`ca: ${join(data, 'ca.pem')}\n`)
    storeOf(headquarters.url).close()
    const report = await look()
    expect(report).toMatchObject({ node: 'branch', running: false })
    expect(of(report, 'link')).toMatchObject([{ state: 'ok' }])
    expect(of(report, 'clock')).toHaveLength(1)
    const apart = Math.abs(Date.now() - TIME_MS) > 60_000
    expect(of(report, 'clock')[0]!.state).toBe(apart ? 'warning' : 'ok')
    expect(of(report, 'certificate')).toMatchObject([{ state: 'ok' }])
  })

  it('trusts no certificate of an authority that it does not know', async () => {
    const headquarters = await served([issueServer(undefined)])
    storeOf(headquarters.url).close()
    const [finding] = of(await look(), 'certificate')
    expect(finding).toMatchObject({ state: 'failed', message: expect.stringContaining('authority') as string })
  })

  it('takes nobody else for its headquarters', async () => {
    const headquarters = await served([issueServer(undefined)])
    storeOf(headquarters.url, newSigningKey().publicKey).close()
    expect(of(await look(), 'link')).toMatchObject([{ state: 'failed', code: 'LINK_FAILED' }])
  })

  it('that nobody answers says why', async () => {
    const headquarters = await serveHeadquarters([issueServer(undefined)])
    await headquarters.close()
    storeOf(headquarters.url).close()
    const report = await look()
    expect(of(report, 'link')[0]!.message).toContain('ECONNREFUSED')
    expect(of(report, 'certificate')[0]!.message).toContain('cannot be seen')
  })
})
