/**
 * A device whose app is older than its node: its documents were written by that app, in the browser, with members and
 * orders of version 0, and the browser keeps them in a profile that outlives it.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import { startBranchNode } from '../../local-node/main.ts'
import { SHARED_SCOPE, type E164Phone } from '../../schemas/brand.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import { enrol } from '../../scripts/demo/enrol.ts'
import { openBrowser } from '../../scripts/screenshots/app-page.ts'
import { COLLECTIONS_0 } from '../schemas/earlier-collections.ts'
import { startNode, temporaryFolder, type NodeProcess } from './node-process.ts'
import { serveOlderPage } from './older-app.ts'
import type { OlderPage } from './older-page-calls.ts'
import { opened } from './opened.ts'
import { login, MANAGER, newCode } from './paired-page.ts'

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export class OlderDevice implements AsyncDisposable {
  cloud!: NodeProcess
  /** What pages threw that nobody caught. */
  readonly errors: string[] = []
  /** What the app of today has sent, by collection. */
  readonly sent: Record<string, string[]> = {}
  context!: BrowserContext
  page!: Page
  #session!: BranchSession
  #stopOlder: (() => Promise<void>) | undefined
  #upgraded: NodeProcess | undefined
  #port = 0
  readonly #folder = temporaryFolder()

  /** Headquarters has been upgraded, its branch not yet; the device is paired with the older node, and somebody has logged in. */
  static pair(): Promise<OlderDevice> {
    return opened(new OlderDevice(), (device) => device.#pair())
  }

  /** On the profile that it had before. */
  async startBrowser(): Promise<void> {
    const profile = join(this.#folder.path, 'profile')
    this.context = await openBrowser(profile, { locale: 'en-US', acceptDownloads: true })
    await serveOlderPage(this.context, `http://127.0.0.1:${this.#port}`)
    this.page = this.watch(this.context.pages()[0]!)
  }

  /** As a power cut does: all processes of the browser at once. */
  async killBrowser(): Promise<void> {
    const closed = this.context.waitForEvent('close')
    const profile = join(this.#folder.path, 'profile')
    const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 1e8 }).split('\n')
    for (const line of processes.filter((one) => one.includes(`--user-data-dir=${profile}`))) {
      process.kill(Number.parseInt(line, 10), 'SIGKILL')
    }
    await closed
  }

  watch(page: Page): Page {
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => this.errors.push(error.message))
    return page
  }

  call<Name extends keyof OlderPage>(
    name: Name,
    ...given: Parameters<OlderPage[Name]>
  ): Promise<Awaited<ReturnType<OlderPage[Name]>>> {
    return this.page.evaluate(
      ([method, parameters]) => {
        const { older: at } = globalThis as unknown as { older: Record<string, (...of: unknown[]) => unknown> }
        return at[method as string]!(...(parameters as unknown[])) as never
      },
      [name, given] as const,
    )
  }

  member(n: number, name = `Member ${n}`): Doc {
    const phone = `+861380013${String(n).padStart(4, '0')}` as E164Phone
    const id = memberIdOfPhone(this.#session.chainKey as ChainKey, SHARED_SCOPE, phone, 0)
    const registrations = [{ id: `reg-${n}`, branchId: 'b1', at: '2026-03-01T09:00:00.000Z' }]
    return { id, scope: SHARED_SCOPE, phone, generation: 0, name, tags: [], registrations, aliases: [] }
  }

  /** The branch's PC gets the program of today, at the address that it had. */
  async upgradeNode(): Promise<NodeProcess> {
    await this.#stopOlder!()
    this.#stopOlder = undefined
    const dataDir = join(this.#folder.path, 'b1')
    const flags = ['--data', dataDir, '--cloud', this.cloud.url, '--interval', '0.2', '--port', String(this.#port)]
    this.#upgraded = await startNode(['branch', 'start', ...flags])
    return this.#upgraded
  }

  /** The app of today, as far as it comes; notes what it sends. */
  async goToApp(node: NodeProcess, at: Page = this.page): Promise<void> {
    at.on('request', (request) => {
      const [, collection] = /\/(\w+)\/\d+\/push$/.exec(new URL(request.url()).pathname) ?? []
      if (collection === undefined) return
      const rows = JSON.parse(request.postData() ?? '[]') as { newDocumentState: { id: string } }[]
      ;(this.sent[collection] ??= []).push(...rows.map(({ newDocumentState }) => newDocumentState.id))
    })
    await at.goto(`${node.url}/#/members`)
  }

  async openApp(node: NodeProcess, at: Page = this.page): Promise<void> {
    await this.goToApp(node, at)
    await login(at, MANAGER)
  }

  /** With headquarters and the branch's node. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Where it could not be paired, some of them are not there.
    const { context, cloud }: Partial<OlderDevice> = this
    await context?.close()
    await this.#stopOlder?.()
    await Promise.all([this.#upgraded?.kill(), cloud?.kill()])
    this.#folder.remove()
  }

  async #pair(): Promise<void> {
    const dataDir = join(this.#folder.path, 'b1')
    this.cloud = await startNode(['cloud', 'start', '--data', join(this.#folder.path, 'cloud')])
    await this.cloud.post('/api/branches', { id: 'b1', name: 'Branch b1' })
    await enrol(this.cloud, { id: 'b1', dataDir, cloudUrl: this.cloud.url, declarations: COLLECTIONS_0 })
    const backup = { folder: join(this.#folder.path, 'backups') }
    const older = await startBranchNode({ dataDir, declarations: COLLECTIONS_0, port: 0, backup, log: SILENT })
    this.#stopOlder = () => older.stop()
    this.#port = Number(new URL(older.url).port)
    await this.startBrowser()
    await this.#pairWith(readNodeFile(dataDir)!)
  }

  async #pairWith(node: NodeAddress): Promise<void> {
    const { id: staffId } = await callNode<{ id: string }>(node, 'POST', '/api/staff', MANAGER)
    await this.page.goto(`${node.url}/older.html`)
    const code = await newCode({
      post: (path: string, body: unknown) => callNode(node, 'POST', path, body),
    } as NodeProcess)
    this.#session = await this.page.evaluate(
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
    expect(await this.call('open', this.#session)).toBe(0)
  }
}

function nothing(): void {
  // Silent.
}
