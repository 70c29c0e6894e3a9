/** A node whose program was replaced serves another app: its service worker has it ready, and nobody loses what is typed. */
import { request as ask } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { NorthBranch } from '../support/north-branch.ts'
import { login, MANAGER, openPairedPage } from '../support/paired-page.ts'
import { serve, type Served } from '../support/serve.ts'

/** The node's app in the version that it is at. */
interface Versions extends Served {
  version: string
}

/** The node, with an app that tells its version: another page, and a service worker that keeps it under another revision. */
async function serveVersions(node: NodeProcess): Promise<Versions> {
  const app = { version: 'first' }
  const served = await serve((req, res) => {
    const path = req.url!.split('?')[0]!
    // The node would say that its files are as before.
    const { 'if-modified-since': _since, 'if-none-match': _match, ...asked } = req.headers
    const headers = { ...asked, 'accept-encoding': 'identity' }
    const onward = ask(`${node.url}${req.url}`, { method: req.method ?? 'GET', headers }, (answer) => {
      const change = CHANGED[path]
      if (!change) {
        res.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(res)
        return
      }
      const { 'content-length': _length, etag: _etag, 'last-modified': _modified, ...kept } = answer.headers
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => res.writeHead(answer.statusCode!, kept).end(change(text, app.version)))
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  })
  return Object.assign(app, served)
}

const withVersion = (page: string, version: string) =>
  page.replace('<head>', `<head><meta name="app-version" content="${version}">`)
const CHANGED: Readonly<Record<string, (text: string, version: string) => string>> = {
  '/': withVersion,
  '/index.html': withVersion,
  '/sw.js': (worker, version) => worker.replace('url:"index.html",revision:"', `$&${version}-`),
}

/** A device whose service worker has the first version. */
async function openDevice(
  browser: Browser,
  node: NodeProcess,
  { url }: Versions,
): Promise<{ page: Page; errors: string[]; loads: () => number }> {
  const { page, errors } = await openPairedPage(browser, { ...node, url })
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
async function replaceApp(page: Page, served: Versions): Promise<void> {
  served.version = 'second'
  await page.evaluate(`navigator.serviceWorker.getRegistration().then(({ updateViaCache }) =>
    navigator.serviceWorker.register('/sw.js', { updateViaCache: updateViaCache === 'none' ? 'imports' : 'none' })
      .then(() => undefined))`)
}

it('says that it is ready, keeps what is typed until somebody gives it up, and loads it once', async () => {
  await using north = await NorthBranch.start()
  await using served = await serveVersions(north.node)
  await using browser = await launchBrowser()
  const { page, errors, loads } = await openDevice(browser, north.node, served)
  await page.getByTestId('phone-input').fill('13800138000')
  await page.getByTestId('register-name').fill('Li Na')
  await replaceApp(page, served)
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
  await using north = await NorthBranch.start()
  await using served = await serveVersions(north.node)
  await using browser = await launchBrowser()
  const { page, loads } = await openDevice(browser, north.node, served)
  await page.getByTestId('phone-input').fill('13800138000')
  await page.getByTestId('register-name').fill('Li Na')
  await page.getByTestId('register-submit').click()
  await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
  await page.getByTestId('member-card').getByTestId('member-open').click()
  await page.getByTestId('member-edit').click()
  expect(await page.getByTestId('edit-name').inputValue()).toBe('Li Na')
  await replaceApp(page, served)
  await page.getByTestId('update-ready').waitFor()
  const loaded = page.waitForEvent('load')
  await page.getByTestId('update-now').click()
  await loaded
  await page.getByTestId('member-edit').waitFor()
  expect(await versionOf(page)).toBe('second')
  expect(loads()).toBe(1)
}, 120_000)

it('loads itself, once, where nobody works', async () => {
  await using north = await NorthBranch.start()
  await using served = await serveVersions(north.node)
  await using browser = await launchBrowser()
  const { page, errors, loads } = await openDevice(browser, north.node, served)
  await page.getByTestId('lock').click()
  await page.getByTestId('login').waitFor()
  const loaded = page.waitForEvent('load')
  await replaceApp(page, served)
  await loaded
  await login(page, MANAGER)
  await page.getByTestId('phone-input').waitFor()
  expect(await versionOf(page)).toBe('second')
  expect(loads()).toBe(1)
  expect(errors).toEqual([])
}, 120_000)
