/** `outpost doctor` on real nodes: a chain that is well, and each side without the other. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DoctorReport } from '../../adapters/doctor/examine.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { RealChain, type RealBranch } from '../support/real-chain.ts'
import { runCommand } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

let chain: RealChain
let branch: RealBranch

beforeAll(async () => {
  chain = await RealChain.start()
  branch = await chain.addBranch('b1')
  await chain.level()
})
afterAll(async () => {
  await chain.stop()
})

async function look(data: string, env?: NodeJS.ProcessEnv): Promise<{ code: number | null; report: DoctorReport }> {
  const { code, stdout, stderr } = await runCommand(['doctor', '--data', data, '--json'], env)
  expect(stderr).toBe('')
  return { code, report: JSON.parse(stdout) as DoctorReport }
}

/** `check state` of what is not well. */
function worries({ findings }: DoctorReport): string[] {
  return findings.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${check} ${state}`)
}

describe('outpost doctor', () => {
  it('finds nothing but the missing backups of running nodes that are well', async () => {
    const [cloud, local] = await Promise.all([look(chain.cloud.dataDir), look(branch.node.dataDir)])
    expect(cloud).toMatchObject({ code: 0, report: { node: 'cloud', running: true, state: 'warning' } })
    expect(local).toMatchObject({ code: 0, report: { node: 'branch', running: true, state: 'warning' } })
    expect([worries(cloud.report), worries(local.report)]).toEqual([['backup warning'], ['backup warning']])
    expect(cloud.report.findings.map(({ check }) => check)).toContain('mysql')
    expect(local.report.findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['link', 'clock']))
  })

  it('counts a backup once there is one', async () => {
    expect((await runCommand(['backup', '--data', branch.node.dataDir])).code).toBe(0)
    expect(worries((await look(branch.node.dataDir)).report)).toEqual([])
    await branch.node.stop()
    const { code, report } = await look(branch.node.dataDir)
    expect([code, report.running, worries(report)]).toEqual([0, false, []])
    await branch.restart()
  })

  it('finds at a branch that headquarters is away, and at headquarters that it is stopped and well', async () => {
    await chain.cloud.stop()
    await statusWhere<BranchNodeStatus>(branch.node, ({ sync }) => sync.lastError !== undefined)
    const running = await look(branch.node.dataDir)
    expect([running.code, worries(running.report)]).toEqual([1, ['link failed']])
    await branch.node.stop()
    const stopped = await look(branch.node.dataDir)
    expect([stopped.code, worries(stopped.report)]).toEqual([1, ['link failed']])
    const cloud = await look(chain.cloud.dataDir, { MYSQL_URL: chain.mysql.url })
    expect([cloud.code, worries(cloud.report)]).toEqual([0, ['backup warning']])
    expect(cloud.report.findings.find(({ check }) => check === 'mysql')!.state).toBe('ok')
  })

  it('says in words what to do, and refuses a folder that is not there', async () => {
    const told = await runCommand(['doctor', '--data', branch.node.dataDir])
    expect(told.stdout).toMatch(/^branch in .*, not running\n/)
    expect(told.stdout).toMatch(/ {2}failed {3}link .*\n {26}.*\[LINK_FAILED\]/)
    const missing = await runCommand(['doctor', '--data', join(chain.folder.path, 'nobody')])
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('BAD_CONFIGURATION')])
  })
})
