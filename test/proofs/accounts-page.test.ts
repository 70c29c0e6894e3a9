/** The login of headquarters in real Chromium. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser, openPage } from '../support/browser.ts'
import { openCloudFolder, PASSWORD, type CloudFolder } from '../support/cloud-folder.ts'
import type { NodeProcess } from '../support/node-process.ts'

let browser: Browser
let cloud: CloudFolder
let node: NodeProcess

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

beforeEach(async () => {
  cloud = openCloudFolder()
  node = await cloud.start()
  for (const name of ['Li', 'Wang']) await account('add', name, '--role', 'administrator')
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await cloud.remove()
})

async function account(...args: string[]): Promise<void> {
  const { code, stderr } = await cloud.command(['account', ...args], PASSWORD)
  expect({ code, stderr }).toMatchObject({ code: 0 })
}

/** By the keyboard alone, from where the page has put it. */
async function logIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('[data-testid=login-name]:focus').waitFor()
  await page.keyboard.type(name)
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
}

const live = (page: Page) => page.getByTestId('stream-state').filter({ hasText: 'Live' })

async function openAsLi(): ReturnType<typeof openPage> {
  const opened = await openPage(browser, node.url)
  await logIn(opened.page, 'Li', PASSWORD)
  await live(opened.page).waitFor()
  return opened
}

describe("headquarters' page", () => {
  it('shows nothing but the login to nobody, and the branches to whoever has logged in, also when it is loaded anew', async () => {
    const { page, errors } = await openPage(browser, node.url)
    await page.getByTestId('login-name').waitFor()
    expect(await page.getByTestId('stream-state').count()).toBe(0)
    expect(await page.getByTestId('login-name').getAttribute('autocomplete')).toBe('username')
    expect(await page.getByTestId('login-password').getAttribute('autocomplete')).toBe('current-password')
    await logIn(page, 'li', PASSWORD)
    await live(page).waitFor()
    expect(await page.getByTestId('account').textContent()).toBe('Li administrator')
    await page.reload()
    await live(page).waitFor()
    const readable = await page.evaluate(
      'document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)',
    )
    expect(readable).not.toMatch(/outpost-session|correct horse/)
    expect(errors).toEqual([])
  }, 120_000)

  it('says in both languages why a login did not work, and lets the password be typed again at once', async () => {
    const { page, errors } = await openPage(browser, node.url)
    await logIn(page, 'Li', 'wrong')
    const error = page.getByTestId('login-error')
    await error.filter({ hasText: 'Name and password do not go together' }).waitFor()
    await page.getByTestId('lang-switch').click()
    await error.filter({ hasText: '用户名与密码不符' }).waitFor()
    await page.getByTestId('login-password').focus()
    // The password is typed where the page has left it, again and again.
    for (let i = 0; i < 5; i++) {
      await page.locator('[data-testid=login-submit]:enabled').waitFor()
      await page.keyboard.type('wrong again')
      const answered = page.waitForResponse(`${node.url}/api/session`)
      await page.keyboard.press('Enter')
      await answered
    }
    await error.filter({ hasText: /尝试次数过多，请在 1[345]\s分钟后再试/ }).waitFor()
    expect(await page.getByTestId('login-name').inputValue()).toBe('Li')
    expect(await page.getByTestId('login-password').inputValue()).toBe('')
    expect(errors).toEqual([])
  }, 120_000)

  it('signs out, and the session that was there opens nothing any more', async () => {
    const { page, errors } = await openAsLi()
    const [cookie] = await page.context().cookies()
    await page.getByTestId('sign-out').click()
    await page.getByTestId('login-why').filter({ hasText: 'You are signed out.' }).waitFor()
    expect(await page.getByTestId('stream-state').count()).toBe(0)
    expect(await page.context().cookies()).toEqual([])
    const headers = { cookie: `${cookie!.name}=${cookie!.value}` }
    expect((await fetch(`${node.url}/api/status`, { headers })).status).toBe(401)
    await logIn(page, 'Wang', PASSWORD)
    await live(page).waitFor()
    expect(errors).toEqual([])
  }, 120_000)

  it('asks for a login again, and says why, once an administrator has closed the account', async () => {
    const { page, errors } = await openAsLi()
    await account('close', 'Li')
    await page.getByTestId('login-why').filter({ hasText: 'The session has ended' }).waitFor()
    expect(await page.getByTestId('stream-state').count()).toBe(0)
    await account('reopen', 'Li')
    await logIn(page, 'Li', PASSWORD)
    await live(page).waitFor()
    expect(errors).toEqual([])
  }, 120_000)

  it('stays with its figures, marked as old, while the node is away, and goes on without a login when it is back', async () => {
    const { page, errors } = await openAsLi()
    const port = new URL(node.url).port
    await node.stop()
    await page.getByTestId('stream-notice').waitFor()
    expect(await page.getByTestId('login-name').count()).toBe(0)
    node = await cloud.start('--port', port)
    await live(page).waitFor()
    expect(errors).toEqual([])
  }, 120_000)
})
