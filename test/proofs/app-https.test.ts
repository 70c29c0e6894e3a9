/** The branch app on another device of the shop, which finds the node by its name in the network: over HTTPS, and without. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { addLines, AppDevice, pay, registerMember, type WayToNode } from '../support/app-device.ts'
import { givePin, login, MANAGER } from '../support/paired-page.ts'
import { RealChain, testOrder, type RealBranch } from '../support/real-chain.ts'

const CASHIER = { name: 'Wang Wei', role: 'cashier', pin: '5927' } as const
const NAME = 'north.outpost.internal'
const HTTPS = `https://${NAME}:7843`
const HTTP = `http://${NAME}:7800`

/** Starts the node again, in the shop's network under its name, at this address of the PC and a port that is free there. */
async function serveAt(branch: RealBranch, address: string): Promise<WayToNode> {
  await branch.node.kill()
  const port = await freePort(address)
  const lan = `lan:\n  name: ${NAME}\n  port: ${port}\n  setupPort: 0\n  address: ${address}\n`
  writeFileSync(join(branch.node.dataDir, 'outpost.yaml'), lan, { mode: 0o600 })
  await branch.restart()
  const launch = [
    leads(HTTPS, `${address}:${port}`),
    `--ignore-certificate-errors-spki-list=${await keyAt(address, port)}`,
  ]
  return { url: HTTPS, launch }
}

/** What the shop's router does: here it leads to ports too, since all of this machine's are others' in part. */
function leads(url: string, to: string): string {
  return `--host-resolver-rules=MAP ${new URL(url).host} ${to}`
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The key of the certificate, to be believed as if its authority were installed: the machine's own list stays as it is. */
async function keyAt(host: string, port: number): Promise<string> {
  const socket = connect({ host, port, servername: NAME, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const spki = socket.getPeerX509Certificate()!.publicKey.export({ type: 'spki', format: 'der' })
  socket.destroy()
  return createHash('sha256').update(spki).digest('base64')
}

describe('a device that finds the node by its name', { timeout: 120_000 }, () => {
  it('keeps what it has not sent when the node comes back at another address, and sends it there', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    const way = await serveAt(branch, '127.0.0.1')
    await using device = await AppDevice.pair(branch.node, 'Tablet', way)
    expect(await device.page.evaluate('window.isSecureContext')).toBe(true)
    expect(await device.page.getByTestId('insecure').count()).toBe(0)
    await branch.node.kill()
    await registerMember(device.page, 'Li Na', '13800138000')
    await device.page.getByTestId('member-select').click()
    await addLines(device.page, { Tea: '12' })
    await pay(device.page)
    const order = await device.page.getByTestId('order-open').getAttribute('href')
    await device.off()

    // Out of the service worker's cache: nobody is there who would serve it.
    await device.on()
    expect(await device.page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true)
    await device.go(order!.replace('#/', ''))
    await device.page.locator('[data-testid="order-way"][data-where="device"]').waitFor()
    await device.off()

    const moved = await serveAt(branch, '127.0.0.2')
    await device.on({ way: moved })
    expect(await device.page.evaluate('location.origin')).toBe(HTTPS)
    await device.go(order!.replace('#/', ''))
    await device.page.locator('[data-testid="order-way"][data-where="mirror"]').waitFor()
    expect(await chain.mysql.query('SELECT m.name, o.total FROM orders o JOIN member m ON m.id = o.member_id')).toEqual(
      [{ name: 'Li Na', total: 1200 }],
    )
    expect(device.errors).toEqual([])
  })

  it('says over plain HTTP what will not work, and that is so', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await serveAt(branch, '127.0.0.1')
    const launch = [leads(HTTP, new URL(branch.node.url).host)]
    await using device = await AppDevice.pair(branch.node, 'Tablet', { url: HTTP, launch })
    const { page } = device
    expect(await page.evaluate('[window.isSecureContext, "serviceWorker" in navigator]')).toEqual([false, false])
    expect(await page.getByTestId('insecure').textContent()).toContain('cannot open while the local node is away')
    await device.go('settings')
    expect(await page.getByTestId('settings-insecure').getByRole('listitem').allTextContents()).toEqual([
      'the app does not open while the local node is away; what is open stays open',
      'nobody can log in without the local node',
      'it cannot be installed, and the browser does not promise to keep what is on the device',
      'others in the network can read along',
    ])
    expect(await page.getByTestId('settings-install').count()).toBe(0)
    expect(await page.evaluate('navigator.storage?.persisted?.() ?? false')).toBe(false)

    await branch.node.kill()
    await registerMember(page, 'Li Na', '13800138000')
    expect(device.errors).toEqual([])
    await expect(page.reload()).rejects.toThrow('ERR_CONNECTION_REFUSED')
  })

  it("asks the node for a manager's PIN over plain HTTP, where it can check none itself, and leaves the cashier logged in", async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await branch.node.post('/api/staff', CASHIER)
    for (const id of ['o1', 'o2']) await branch.node.post('/api/documents/orders', testOrder(id, 'b1'))
    await serveAt(branch, '127.0.0.1')
    const launch = [leads(HTTP, new URL(branch.node.url).host)]
    await using device = await AppDevice.pair(branch.node, 'Tablet', { url: HTTP, launch })
    const { page } = device
    expect(await page.evaluate('crypto.subtle === undefined')).toBe(true)
    await page.getByTestId('lock').click()
    await login(page, CASHIER)
    const refund = async (id: string) => {
      await device.go(`orders/${id}`)
      await page.getByTestId('do-refunded').click()
      await page.getByTestId('order-reason').fill('Cold tea')
      await page.getByTestId('do-confirm').click()
      await page.getByTestId('approve-dialog').waitFor()
    }
    await refund('o1')
    await givePin(page, '111999')
    await page.getByTestId('pin-note').filter({ hasText: 'This is not the PIN' }).waitFor()
    await givePin(page, MANAGER.pin)
    await page.getByTestId('order-status').filter({ hasText: 'Refunded' }).waitFor()
    await page.getByTestId('person').filter({ hasText: CASHIER.name }).waitFor()

    await refund('o2')
    await branch.node.kill()
    await givePin(page, MANAGER.pin)
    await page.getByTestId('pin-note').filter({ hasText: 'cannot check the PIN without it' }).waitFor()
    await branch.restart()
    for (let at = 0; at < 5; at++) {
      await givePin(page, '111999')
      await page.getByTestId('pin-note').filter({ hasText: 'This is not the PIN' }).waitFor()
    }
    await givePin(page, MANAGER.pin)
    await page.getByTestId('pin-note').filter({ hasText: 'try again in' }).waitFor()
    expect(device.errors).toEqual([])
  })
})
