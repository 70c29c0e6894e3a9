/** The addresses for alerts over real HTTP, with headquarters' alerts behind them and a robot that is told. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dingtalkChannel } from '../../../adapters/alerts/channels/dingtalk.ts'
import { addAlertRoutes } from '../../../adapters/http/alert-routes.ts'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { AlertBook } from '../../../cloud-node/alert-book.ts'
import { Alerts } from '../../../cloud-node/alerts.ts'
import { alertPlan } from '../../../cloud-node/cli/alert-plan.ts'
import type { AccountRole } from '../../../schemas/access.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Alert, AlertsView } from '../../../schemas/protocol/alerts.ts'
import { branchRow, chainSnapshot, NOW_MS } from '../../support/chain-snapshot.ts'
import { guardOf, type TestGuard } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { startRobot, type Robot } from '../../support/robot.ts'
import { serve, type Served } from '../../support/serve.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const SECRET = 'SEC0123456789'
const TOKEN = 'robots-token'

let folder: ReturnType<typeof temporaryFolder>
let store: Store
let robot: Robot
let alerts: Alerts
let guard: TestGuard
let served: Served
let role: AccountRole

beforeEach(async () => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  robot = await startRobot()
  const url = `${robot.url}/send?access_token=${TOKEN}`
  const robots = { levels: ['critical', 'warning'], url, secret: SECRET, nowMs: () => NOW_MS } as const
  const branches = [branchRow('b/1', { reported: { exceptions: 2 } }), branchRow('b2', { reported: { exceptions: 1 } })]
  alerts = new Alerts({
    book: new AlertBook(store),
    plan: alertPlan({}),
    channels: [dingtalkChannel({ ...robots, name: 'ops' }), dingtalkChannel({ ...robots, name: 'shops' })],
    snapshot: () => chainSnapshot({ status: { branches, storage: { code: 'DISK_FULL', message: 'full', at: '' } } }),
    onChange: () => () => undefined,
    nowMs: () => NOW_MS,
    steadyMs: () => NOW_MS,
    log: SILENT,
  })
  alerts.evaluate()
  role = 'operator'
  guard = guardOf(() => ({ kind: 'account', id: 'a1', name: 'Li', role }))
  const app = createApp(SILENT)
  addAlertRoutes(new RouteTable(app, guard), alerts)
  addErrorHandling(app, SILENT)
  served = await serve(app)
})
afterEach(async () => {
  await alerts.stop()
  await served.close()
  await robot.close()
  store.close()
  folder.remove()
})

const get = async () => (await (await fetch(`${served.url}/api/alerts`)).json()) as AlertsView
async function post(path: string, body: object = {}): Promise<{ status: number; body: unknown }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${served.url}/api/alerts${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, body: await answer.json() }
}

test('whoever looks sees what wants attention, the gravest first, and the channels without their secrets', async () => {
  role = 'viewer'
  const view = await get()
  expect(view.open.map(({ key }) => key)).toEqual(['storage', 'exceptions:b/1', 'exceptions:b2'])
  expect(view.channels).toEqual([
    { name: 'ops', kind: 'dingtalk', levels: ['critical', 'warning'] },
    { name: 'shops', kind: 'dingtalk', levels: ['critical', 'warning'] },
  ])
  expect((await post('/storage/acknowledge')).status).toBe(403)
  expect((await post('/test')).status).toBe(403)
})

test('an operator acknowledges an alert, which is noted', async () => {
  const { status, body } = await post(`/${encodeURIComponent('exceptions:b/1')}/acknowledge`)
  expect([status, body]).toMatchObject([200, { key: 'exceptions:b/1', acknowledged: { by: 'account Li' } }])
  const open = (await get()).open.map(({ key, acknowledged }: Alert) => [key, acknowledged?.by])
  expect(open).toEqual([
    ['storage', undefined],
    ['exceptions:b/1', 'account Li'],
    ['exceptions:b2', undefined],
  ])
  expect(await post('/exceptions:b9/acknowledge')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  expect(guard.done).toEqual(['alert.acknowledge'])
})

test('a test is sent to a channel or to all, and says why one was not told', async () => {
  expect(await post('/test', { channel: 'ops' })).toMatchObject({ status: 403 })
  role = 'administrator'
  expect(await post('/test', { channel: 'ops' })).toEqual({ status: 200, body: { channels: [{ channel: 'ops' }] } })
  expect(robot.requests).toHaveLength(1)
  expect(robot.requests[0]!.body).toContain('这是一条测试消息')
  expect(await post('/test', { channel: 'pager' })).toMatchObject({ status: 404 })
  // A moment ago.
  expect(await post('/test')).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } })
  robot.answer = { status: 200, body: `{"errcode":300001,"errmsg":"token ${TOKEN} is not exist"}` }
  const reason = 'refused: errcode 300001 token … is not exist'
  expect(await post('/test', { channel: 'shops' })).toMatchObject({
    body: { channels: [{ channel: 'shops', reason }] },
  })
  const view = await get()
  expect(view.channels[1]).toMatchObject({ lastError: { reason } })
  for (const secret of [SECRET, TOKEN]) expect(JSON.stringify(view)).not.toContain(secret)
  expect(guard.done).toEqual(['alert.test', 'alert.test'])
})
