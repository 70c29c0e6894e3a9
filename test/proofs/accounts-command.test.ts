import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountView, AuditPage } from '../../schemas/protocol/accounts.ts'
import { openCloudFolder, PASSWORD, type CloudFolder } from '../support/cloud-folder.ts'
import type { NodeProcess } from '../support/node-process.ts'

let cloud: CloudFolder

beforeEach(() => {
  cloud = openCloudFolder()
})
afterEach(() => cloud.remove())

async function logIn({ url }: NodeProcess, name: string, password: string): Promise<number> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  return (await fetch(`${url}/api/session`, { ...init, body: JSON.stringify({ name, password }) })).status
}

describe('outpost cloud account', () => {
  it('adds the first administrator before headquarters has ever run, who can log in then', async () => {
    const added = await cloud.command(['account', 'add', 'Li Na', '--role', 'administrator', '--json'], PASSWORD)
    expect(JSON.parse(added.stdout)).toMatchObject({ name: 'Li Na', role: 'administrator', closed: false })
    const node = await cloud.start()
    expect(await logIn(node, 'li na', PASSWORD)).toBe(200)
    expect(await logIn(node, 'li na', 'wrong')).toBe(401)
  }, 120_000)

  it('does the same through the running node, names what is done and by whom, and never a password', async () => {
    const node = await cloud.start()
    const none = await cloud.command(['account', 'list'])
    expect(none.stdout).toContain('outpost cloud account add')
    for (const [name, role] of [
      ['Li', 'administrator'],
      ['Wang', 'viewer'],
    ] as const) {
      expect((await cloud.command(['account', 'add', name, '--role', role], PASSWORD)).stdout).toBe(
        `${name} added as ${role}\n`,
      )
    }
    const file = join(cloud.path, 'password')
    writeFileSync(file, 'another long one\n')
    chmodSync(file, 0o600)
    const outputs = [
      await cloud.command(['account', 'role', 'WANG', '--role', 'operator']),
      await cloud.command(['account', 'password', 'Wang', '--password-file', file]),
      await cloud.command(['account', 'close', 'Wang']),
      await cloud.command(['account', 'list']),
      await cloud.command(['account', 'reopen', 'Wang']),
    ].map(({ stdout }) => stdout)
    expect(outputs).toEqual([
      'Wang is operator now\n',
      'Wang has another password now\n',
      'Wang is closed\n',
      'administrator  open   Li, never logged in\noperator       closed Wang, never logged in\n',
      'Wang is open again\n',
    ])
    expect(await logIn(node, 'Wang', 'another long one')).toBe(200)

    const audit = await cloud.command(['audit', '--limit', '3', '--json'])
    const { entries } = JSON.parse(audit.stdout) as AuditPage
    expect(entries.map(({ actor, action }) => `${actor}: ${action}`)).toEqual([
      'account Wang: account.login',
      'command: account.reopen',
      'command: account.close',
    ])
    const all = (await cloud.command(['audit'])).stdout
    expect(all).toMatch(/command {2}account\.role {2}\S+ {2}name=Wang {2}role=operator\n/)
    expect(all).not.toMatch(/correct horse|another long/)
    const older = await cloud.command(['audit', '--before', String(entries[2]!.number), '--limit', '1', '--json'])
    expect((JSON.parse(older.stdout) as AuditPage).entries).toMatchObject([{ action: 'account.password' }])
  }, 120_000)

  it('says clearly what it will not do, and changes nothing', async () => {
    await cloud.command(['account', 'add', 'Li', '--role', 'administrator'], PASSWORD)
    const open = join(cloud.path, 'open')
    writeFileSync(open, PASSWORD)
    chmodSync(open, 0o644)
    const outcomes = [
      await cloud.command(['account', 'close', 'Li']),
      await cloud.command(['account', 'role', 'Li', '--role', 'viewer']),
      await cloud.command(['account', 'close', 'Wang']),
      await cloud.command(['account', 'add', 'LI', '--role', 'viewer'], PASSWORD),
      await cloud.command(['account', 'add', 'Wang', '--role', 'viewer'], 'short'),
      await cloud.command(['account', 'add', 'Wang', '--role', 'viewer']),
      await cloud.command(['account', 'add', 'Wang', '--role', 'viewer', '--password-file', open]),
    ]
    const codes = outcomes.map(({ code, stderr }) => `${code} ${/\[([A-Z_]+)\]/.exec(stderr)?.[1]}`)
    expect(codes).toEqual([
      '1 ACCOUNT_NEEDED',
      '1 ACCOUNT_NEEDED',
      '1 ACCOUNT_UNKNOWN',
      '1 ACCOUNT_EXISTS',
      '1 BAD_REQUEST',
      '1 BAD_CONFIGURATION',
      '1 BAD_CONFIGURATION',
    ])
    expect((await cloud.command(['account', 'add', 'Wang', '--role', 'owner'], PASSWORD)).code).not.toBe(0)
    expect((await cloud.command(['audit', '--limit', '5000'])).code).not.toBe(0)
    const accounts = JSON.parse((await cloud.command(['account', 'list', '--json'])).stdout) as AccountView[]
    expect(accounts.map(({ name, role }) => `${name} ${role}`)).toEqual(['Li administrator'])
  }, 120_000)

  it('begins no headquarters for somebody who gives no password', async () => {
    const refused = await cloud.command(['account', 'add', 'Li', '--role', 'administrator'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('OUTPOST_PASSWORD') as string })
    expect((await cloud.command(['account', 'list'])).stderr).toContain('holds no headquarters')
  }, 120_000)
})
