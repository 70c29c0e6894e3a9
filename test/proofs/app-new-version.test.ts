/** A node whose program was replaced serves another app: its service worker has it ready, and nobody loses what is typed. */
import { request as ask } from 'node:http'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { enrol } from '../../scripts/demo/enrol.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import { killAllNodes, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { login, MANAGER, newCode } from '../support/paired-page.ts'
import { serve, type Served } from '../support/serve.ts'

let browser: Browser
let folder: ReturnType<typeof temporaryFolder>
let branch: NodeProcess
let served: Served
/** The version of the app that is served. */
let version: string

beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)

afterAll(() => browser.close())

beforeEach(async () => {
  folder = temporaryFolder()
  const cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'b1', name: 'North' })
  await enrol(cloud, { id: 'b1', dataDir: join(folder.path, 'b1'), cloudUrl: cloud.url })
  branch = await startNode(['branch', 'start', '--data', join(folder.path, 'b1'), '--interval', '0.2'])
  version = 'first'
  served = await serveVersions()
}, 60_000)

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await served.close()
  await killAllNodes()
  folder.remove()
})

/** The node, with an app that tells its version: another page, and a service worker that keeps it under another revision. */
function serveVersions(): Promise<Served> {
  return serve((req, res) => {
    const path = req.url!.split('?')[0]!
    // The node would say that its files are as before.
    const { 'if-modified-since': _since, 'if-none-match': _match, ...asked } = req.headers
    const headers = { ...asked, 'accept-encoding': 'identity' }
    const onward = ask(`${branch.url}${req.url}`, { method: req.method ?? 'GET', headers }, (answer) => {
      const change = CHANGED[path]
      if (!change) {
        res.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(res)
        return
      }
      const { 'content-length': _length, etag: _etag, 'last-modified': _modified, ...kept } = answer.headers
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => res.writeHead(answer.statusCode!, kept).end(change(text)))
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  })
}

const withVersion = (page: string) => page.replace('<head>', `<head><meta name="app-version" content="${version}">`)
const CHANGED: Readonly<Record<string, (text: string) => string>> = {
  '/': withVersion,
  '/index.html': withVersion,
  '/sw.js': (worker) => worker.replace('url:"index.html",revision:"', `$&${version}-`),
}

/** A device whose service worker has the first version. */
async function openDevice(): Promise<{ page: Page; errors: string[]; loads: () => number }> {
  await branch.post('/api/staff', MANAGER)
  const { page, errors } = await openPage(browser, `${served.url}/#/pair/${await newCode(branch)}`)
  await page.getByTestId('pair-name').fill('Till')
  await page.getByTestId('pair-submit').click()
  await login(page, MANAGER)
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
  await page.reload()
  await page.getByTestId('phone-input').waitFor()
  expect(await versionOf(page)).toBe('first')
  let loads = 0
  page.on('load', () => (loads += 1))
  return { page, errors, loads: () => loads }
}

const versionOf = (page: Page) => page.locator('meta[name=app-version]').getAttribute('content')

/** The node's program is replaced; the browser looks for another service worker now instead of in half an hour. */
async function replaceApp(page: Page): Promise<void> {
  version = 'second'
  await page.evaluate(`navigator.serviceWorker.getRegistration().then(({ updateViaCache }) =>
    navigator.serviceWorker.register('/sw.js', { updateViaCache: updateViaCache === 'none' ? 'imports' : 'none' })
      .then(() => undefined))`)
}

it('says that it is ready, keeps what is typed until somebody gives it up, and loads it once', async () => {
  const { page, errors, loads } = await openDevice()
  await page.getByTestId('phone-input').fill('13800138000')
  await page.getByTestId('register-name').fill('Li Na')
  await replaceApp(page)
  await page.getByTestId('update-ready').waitFor()

  await page.getByTestId('update-now').click()
  await page.getByTestId('update-typed').filter({ hasText: 'Li Na' }).waitFor()
  await page.getByTestId('update-back').click()
  await page.getByTestId('update-typed').waitFor({ state: 'detached' })
  expect(await page.getByTestId('register-name').inputValue()).toBe('Li Na')
  expect(loads()).toBe(0)

  await page.getByTestId('update-now').click()
  const loaded = page.waitForEvent('load')
  await page.getByTestId('update-anyway').click()
  await loaded
  await page.getByTestId('phone-input').waitFor()
  expect(await versionOf(page)).toBe('second')
  expect(await page.getByTestId('update-ready').count()).toBe(0)
  expect(loads()).toBe(1)
  expect(errors).toEqual([])
}, 120_000)

it('asks nothing where nothing is typed, a form with what was saved among it', async () => {
  const { page, loads } = await openDevice()
  await page.getByTestId('phone-input').fill('13800138000')
  await page.getByTestId('register-name').fill('Li Na')
  await page.getByTestId('register-submit').click()
  await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
  await page.getByTestId('member-card').getByTestId('member-open').click()
  await page.getByTestId('member-edit').click()
  expect(await page.getByTestId('edit-name').inputValue()).toBe('Li Na')
  await replaceApp(page)
  await page.getByTestId('update-ready').waitFor()
  const loaded = page.waitForEvent('load')
  await page.getByTestId('update-now').click()
  await loaded
  await page.getByTestId('member-edit').waitFor()
  expect(await versionOf(page)).toBe('second')
  expect(loads()).toBe(1)
}, 120_000)

it('loads itself, once, where nobody works', async () => {
  const { page, errors, loads } = await openDevice()
  await page.getByTestId('lock').click()
  await page.getByTestId('login').waitFor()
  const loaded = page.waitForEvent('load')
  await replaceApp(page)
  await loaded
  await login(page, MANAGER)
  await page.getByTestId('phone-input').waitFor()
  expect(await versionOf(page)).toBe('second')
  expect(loads()).toBe(1)
  expect(errors).toEqual([])
}, 120_000)
