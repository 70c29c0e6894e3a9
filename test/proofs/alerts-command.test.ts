/** Alerts of a real headquarters as people have them: configured, told to a robot, looked at and acknowledged by commands. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AlertsView } from '../../schemas/protocol/alerts.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { startRobot, type Robot } from '../support/robot.ts'

const TOKEN = 'the-robots-token'

let folder: ReturnType<typeof temporaryFolder>
let robot: Robot
let node: NodeProcess
let told: Promise<void>

beforeAll(async () => {
  folder = temporaryFolder()
  robot = await startRobot()
  told = new Promise((resolve) => (robot.onRequest = resolve))
  const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text, { mode: 0o600 })
  write('ops.yaml', `kind: dingtalk\nurl: ${robot.url}/send?access_token=${TOKEN}\nsecret: SEC1\n`)
  // No disk has so much room.
  write('outpost.yaml', 'alerts:\n  channels: [ops.yaml]\n  language: en\n  disk: critical 999999999\n')
  node = await startNode(['cloud', 'start', '--data', folder.path, '--port', '0'])
})
afterAll(async () => {
  await killAllNodes()
  await robot.close()
  folder.remove()
})

const alerts = (...args: string[]) => runCommand(['alerts', ...args, '--data', folder.path])

test('a robot is told, and the command shows it until somebody acknowledges it', async () => {
  await told
  expect(robot.requests[0]!.body).toContain("headquarters' disk has")
  const shown = await alerts()
  expect([shown.code, shown.stdout]).toEqual([
    3,
    expect.stringMatching(/^Critical Disk: headquarters' disk has .*\n +disk, since /),
  ])
  const acknowledged = await alerts('acknowledge', 'disk')
  expect([acknowledged.code, acknowledged.stdout]).toEqual([0, expect.stringContaining('acknowledged by command')])
  const after = await alerts('--json')
  expect([after.code, JSON.parse(after.stdout)]).toMatchObject([
    0,
    { open: [{ key: 'disk', told: ['console', 'dingtalk'], acknowledged: { by: 'command' } }], ended: [] },
  ])
})

test('a test is sent, and says what hinders it', async () => {
  expect(await alerts('test', 'dingtalk')).toMatchObject({ code: 0, stdout: 'dingtalk: sent\n' })
  expect(await alerts('test', 'pager')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no such channel') as string,
  })
  const view = JSON.stringify(await node.get<AlertsView>('/api/alerts'))
  expect(view).not.toContain(TOKEN)
})

test('a channel whose file others may read, or that has a mistake, lets headquarters not start', async () => {
  const other = temporaryFolder()
  writeFileSync(join(other.path, 'ops.yaml'), 'kind: dingtalk\nurl: http://robot.example/?access_token=hunter2\n', {
    mode: 0o600,
  })
  writeFileSync(join(other.path, 'outpost.yaml'), 'alerts:\n  channels: [ops.yaml]\n', { mode: 0o600 })
  const refused = await runCommand(['cloud', 'start', '--data', other.path, '--port', '0'])
  other.remove()
  expect([refused.code, refused.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining('ops.yaml, line 2: url takes'),
  ])
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).not.toContain('hunter2')
})
