import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { IssuedCode } from '../../schemas/protocol/branches.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

const YEAR_MS = 365.25 * 86_400_000

let folder: { path: string; remove: () => void }
let cloud: NodeProcess

beforeEach(async () => {
  folder = temporaryFolder()
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'north', name: 'North' })
})

afterEach(async () => {
  await killAllNodes()
  folder.remove()
})

/** Every `Date` of the process is off by so much, before anything else of it runs. */
function clockOffBy(ms: number): NodeJS.ProcessEnv {
  const source = `const D = Date; globalThis.Date = class extends D {
    constructor(...args) { args.length === 0 ? super(D.now() + ${ms}) : super(...args) }
    static now() { return D.now() + ${ms} }
  }`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}` }
}

test.each([
  ['a year ahead', YEAR_MS],
  ['a year behind', -YEAR_MS],
  ['in the year 2000', -26 * YEAR_MS],
])('a PC whose clock is %s is enrolled, signs what headquarters takes, and gets the time', async (_when, offMs) => {
  const data = join(folder.path, 'north')
  const env = clockOffBy(offMs)
  const { code } = await cloud.post<IssuedCode>('/api/branches/north/code', {})
  const enrolled = await runCommand(['branch', 'enroll', '--cloud', cloud.url, '--data', data], {
    ...env,
    OUTPOST_ENROLMENT_CODE: code,
  })
  expect([enrolled.code, enrolled.stderr]).toEqual([0, ''])
  const branch = await startNode(['branch', 'start', '--data', data, '--interval', '0.2'], env)
  await statusWhere<CloudNodeStatus>(cloud, ({ branches }) => branches[0]?.verdict.state === 'in-sync')
  const [told, here] = [(await branch.get<{ time: string }>('/api/status')).time, Date.now()]
  expect(Math.abs(Date.parse(told) - here)).toBeLessThan(YEAR_MS / 365)
})
