/**
 * A device whose app is older than its node: its documents were written by that app, in the browser, with members and
 * orders of version 0, and some of them were never sent. Headquarters has been upgraded first, then the branch's PC,
 * then the device.
 */
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import { startBranchNode } from '../../local-node/main.ts'
import { SHARED_SCOPE, type E164Phone } from '../../schemas/brand.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { enrol } from '../../scripts/demo/enrol.ts'
import { COLLECTIONS_0 } from '../schemas/earlier-collections.ts'
import { launchBrowser } from '../support/browser.ts'
import { killAllNodes, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { buildOlderPage, serveOlderPage } from '../support/older-app.ts'
import type { OlderPage } from '../support/older-page-calls.ts'
import { login, MANAGER, newCode } from '../support/paired-page.ts'
import { testOrder } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

let browser: Browser
let built: { path: string; remove: () => void }
let folder: { path: string; remove: () => void }
let cloud: NodeProcess
let dataDir: string
let port: number
let stopOlder: (() => Promise<void>) | undefined
let context: BrowserContext
let page: Page
let session: BranchSession
const errors: string[] = []
/** What the app of today has sent, by collection. */
const sent: Record<string, string[]> = {}

beforeAll(async () => {
  built = temporaryFolder()
  const [launched] = await Promise.all([launchBrowser(), buildOlderPage(built.path)])
  browser = launched
}, 120_000)

afterAll(async () => {
  await browser.close()
  built.remove()
})

beforeEach(async () => {
  folder = temporaryFolder()
  dataDir = join(folder.path, 'b1')
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'b1', name: 'Branch b1' })
  await enrol(cloud, { id: 'b1', dataDir, cloudUrl: cloud.url, declarations: COLLECTIONS_0 })
  const backup = { folder: join(folder.path, 'backups') }
  const older = await startBranchNode({ dataDir, declarations: COLLECTIONS_0, port: 0, backup, log: SILENT })
  stopOlder = () => older.stop()
  port = Number(new URL(older.url).port)
  context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'allow' })
  await serveOlderPage(context, older.url, built.path)
  page = await context.newPage()
  page.setDefaultTimeout(30_000)
  errors.length = 0
  page.on('pageerror', (error) => errors.push(error.message))
  for (const name of Object.keys(sent)) delete sent[name]
  await openOlder(readNodeFile(dataDir)!)
}, 120_000)

afterEach(async () => {
  await context.close()
  await stopOlder?.()
  await killAllNodes()
  folder.remove()
})

/** The device is paired with the older node, and somebody has logged in. */
async function openOlder(node: NodeAddress): Promise<void> {
  const { id: staffId } = await callNode<{ id: string }>(node, 'POST', '/api/staff', MANAGER)
  await page.goto(`${node.url}/older.html`)
  const code = await newCode({
    post: (path: string, body: unknown) => callNode(node, 'POST', path, body),
  } as NodeProcess)
  session = await page.evaluate(
    async ([given, person, pin]) => {
      const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
        return response.json()
      }
      await ask('POST', '/api/pairing', { code: given, name: 'Till' })
      await ask('POST', '/api/staff/login', { staffId: person, pin })
      return (await ask('GET', '/api/session')) as BranchSession
    },
    [code, staffId, MANAGER.pin] as const,
  )
  expect(await older('open', session)).toBe(0)
}

function older<Name extends keyof OlderPage>(
  name: Name,
  ...given: Parameters<OlderPage[Name]>
): Promise<Awaited<ReturnType<OlderPage[Name]>>> {
  return page.evaluate(
    ([method, parameters]) => {
      const { older: at } = globalThis as unknown as { older: Record<string, (...of: unknown[]) => unknown> }
      return at[method as string]!(...(parameters as unknown[])) as never
    },
    [name, given] as const,
  )
}

function member(n: number, name = `Member ${n}`): Doc {
  const phone = `+861380013${String(n).padStart(4, '0')}` as E164Phone
  const id = memberIdOfPhone(session.chainKey as ChainKey, SHARED_SCOPE, phone, 0)
  const registrations = [{ id: `reg-${n}`, branchId: 'b1', at: '2026-03-01T09:00:00.000Z' }]
  return { id, scope: SHARED_SCOPE, phone, generation: 0, name, tags: [], registrations, aliases: [] }
}

/** The branch's PC gets the program of today. */
async function upgradeNode(): Promise<NodeProcess> {
  await stopOlder!()
  stopOlder = undefined
  const args = ['branch', 'start', '--data', dataDir, '--cloud', cloud.url, '--interval', '0.2', '--port', String(port)]
  return startNode(args)
}

/** Notes what a page sends to its node. */
function watchSent(of: Page): void {
  of.on('request', (request) => {
    const [, collection] = /\/(\w+)\/\d+\/push$/.exec(new URL(request.url()).pathname) ?? []
    if (collection === undefined) return
    const rows = JSON.parse(request.postData() ?? '[]') as { newDocumentState: { id: string } }[]
    ;(sent[collection] ??= []).push(...rows.map(({ newDocumentState }) => newDocumentState.id))
  })
}

async function openApp(node: NodeProcess, at: Page = page): Promise<void> {
  watchSent(at)
  await at.goto(`${node.url}/#/members`)
  await login(at, MANAGER)
}

function inSync(node: NodeProcess): Promise<BranchNodeStatus> {
  return statusWhere<BranchNodeStatus>(node, ({ backlog }) => backlog.documents === 0)
}

describe('a device with documents of an older app', { timeout: 120_000 }, () => {
  it('goes on with the app of today: what was unsent is sent, nothing is sent twice, and all sides agree', async () => {
    await older('write', 'members', member(1))
    await older('write', 'orders', { ...testOrder('o-sent', 'b1', member(1)['id'] as string) })
    await older('exchange')
    await older('write', 'members', { id: member(1)['id'], note: 'edited offline' })
    await older('write', 'members', member(2))
    await older('write', 'orders', { ...testOrder('o-unsent', 'b1', member(2)['id'] as string) })
    await page.goto('about:blank')

    const node = await upgradeNode()
    await openApp(node)
    await statusWhere<BranchNodeStatus>(node, ({ collections }) => collections['orders']!.documents === 2)
    await inSync(node)
    for (const at of [node, cloud]) {
      const [first, second] = [member(1), member(2)].map(({ id }) => `/api/documents/members/${id as string}`)
      expect(await at.get(first!)).toMatchObject({ note: 'edited offline', followUps: [] })
      expect(await at.get(second!)).toMatchObject({ name: 'Member 2', followUps: [] })
      expect(await at.get('/api/documents/orders/o-unsent')).toMatchObject({ total: 2400, moves: [] })
      expect(await at.get('/api/documents/orders/o-sent')).toMatchObject({ total: 2400, moves: [] })
    }
    const since = new Date().toISOString()
    await statusWhere<CloudNodeStatus>(cloud, ({ branches: [branch] }) => {
      const { verdict } = branch!
      return verdict.state === 'in-sync' && verdict.checkedAt! > since
    })
    const ids = [member(1), member(2)].map(({ id }) => id as string)
    expect(sent['members']!.toSorted()).toEqual(ids.toSorted())
    expect(sent['orders']).toEqual(['o-unsent'])
    expect(errors).toEqual([])
  })

  it('waits for the tab of the older app, which makes room and loads itself anew', async () => {
    await older('write', 'members', member(1))
    const node = await upgradeNode()
    expect(await older('problem')).toBe('PROTOCOL_OUTDATED')
    const left = page.waitForEvent('load')
    const tab = await context.newPage()
    await openApp(node, tab)
    await left
    const path = `/api/documents/members/${member(1)['id'] as string}`
    await statusWhere<BranchNodeStatus>(node, ({ collections }) => collections['members']!.documents === 1)
    expect(await node.get(path)).toMatchObject({ name: 'Member 1', followUps: [] })
    expect(sent).toEqual({ members: [member(1)['id']] })
  })

  it('says that it is out of date, and loads itself once when nothing is typed', async () => {
    await page.goto('about:blank')
    const node = await upgradeNode()
    await openApp(node)
    await page.getByTestId('phone-input').fill('138')
    let loads = 0
    page.on('load', () => (loads += 1))
    await context.route(/\/members\/\d+\/(pull|push|pullStream)/, (route) =>
      route.fulfill({
        status: 426,
        json: { error: true, code: 'PROTOCOL_OUTDATED', message: 'members are newer here' },
      }),
    )
    const told = page.getByTestId('update-outdated')
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await told.waitFor()
    expect(loads).toBe(0)
    const loaded = page.waitForEvent('load')
    await page.getByTestId('phone-input').fill('')
    await loaded
    await page.getByTestId('update-still-outdated').waitFor()
    // It is still out of date, and has tried: from now on a person says when.
    await page.getByTestId('phone-input').waitFor()
    expect(loads).toBe(1)
    const again = page.waitForEvent('load')
    await page.getByTestId('update-now').click()
    await again
    expect(loads).toBe(2)
    await page.getByTestId('update-still-outdated').waitFor()
  })
})

function nothing(): void {
  // Silent.
}
