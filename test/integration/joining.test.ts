import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JoiningReport, MemberView } from '../../schemas/protocol/identity.ts'
import { runCommand } from '../support/node-process.ts'
import { RealChain } from '../support/real-chain.ts'

let chain: RealChain

beforeEach(async () => {
  chain = await RealChain.start()
})

afterEach(async () => {
  await chain.stop()
})

describe('a branch with members and orders of its own joins', () => {
  it('imports them, merges with headquarters, and is told what became of each', async () => {
    const north = await chain.addBranch('north')
    const known = await north.node.post<MemberView>('/api/members', { name: 'Li', phone: '138 0000 0001' })
    const moved = await north.node.post<MemberView>('/api/members', { name: 'Wang', phone: '138 0000 0002' })
    await chain.level()
    await chain.cloud.post(`/api/members/${moved.id}/actions`, { do: 'phone', to: '13800000009' })

    const south = await chain.addBranch('south')
    south.link.cut()
    const folder = join(chain.folder.path, 'legacy')
    const rows = [
      { kind: 'member', legacyId: '1', name: 'Lee', phone: '１３８ ００００ ０００１' },
      { kind: 'member', legacyId: '2', name: 'New', phone: '0086 138 0000 0003' },
      { kind: 'member', legacyId: '3', name: 'Late', phone: '13800000002' },
      { kind: 'member', legacyId: '4', name: 'No phone' },
    ].map((row) => ({ ...row, source: 'oldtill', origin: { file: folder, line: 1 }, scope: 'shared' }))
    const results = await south.node.post<{ outcome: string }[]>('/api/import', rows)
    expect(results.map(({ outcome }) => outcome)).toEqual(['inserted', 'inserted', 'inserted', 'inserted'])
    south.link.restore()
    await chain.level()

    const report = await chain.cloud.get<JoiningReport>('/api/branches/south/joining')
    expect(report.counts).toEqual({ new: 2, merged: 1, ambiguous: 1, refused: 0 })
    expect(report.merges).toMatchObject([
      { memberId: known.id, here: { name: 'Li', phone: '138****0001' }, brought: { name: 'Lee' } },
    ])
    const printed = await runCommand(['cloud', 'branch', 'report', 'south', '--data', join(chain.folder.path, 'cloud')])
    expect(printed.stdout).toContain('south: 2 new, 1 merged, 1 ambiguous, 0 refused')
    expect(printed.stdout).toContain('name "Li" / "Lee"')
    const mirrored = await chain.mysql.query('SELECT name FROM member ORDER BY name')
    expect(mirrored.map(({ name }) => name)).toEqual(['Lee', 'New', 'No phone', 'Wang'])
  })

  it('is told which branch there is not', async () => {
    const printed = await runCommand([
      'cloud',
      'branch',
      'report',
      'nowhere',
      '--data',
      join(chain.folder.path, 'cloud'),
    ])
    expect([printed.code, printed.stderr]).toEqual([1, expect.stringContaining('BRANCH_UNKNOWN')])
  })
})
