import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { networkOf, siteOf } from '../../../adapters/access/network-of.ts'
import { createApp } from '../../../adapters/http/app.ts'

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:5555', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['[::FFFF:192.0.2.1]:5555', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['[2001:db8:1:2::6]:5555', '2001:db8:1:2'],
    ['[2001:db8:1:2::6]', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001::2:3:4:5:6:7', '2001:0:2:3'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
    ['what a proxy says of nobody', 'what a proxy says of nobody'],
  ])('%s is %s, however it is written', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it('is one of 65,536 of a site where it is IPv6', () => {
    expect(siteOf('2001:db8:1:2::6')).toBe('2001:db8:1')
    expect(siteOf('[2001:db8:1:ffff::6]:5555')).toBe('2001:db8:1')
    expect(siteOf('192.0.2.1:5555')).toBe('192.0.2.1')
  })

  it('is the same for every connection that a proxy names with its port', async () => {
    const ignore = () => undefined
    const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
    const app = createApp(silent, { names: [], trustedProxies: ['127.0.0.1'], isSecure: false })
    app.get('/', (req, res) => res.json(networkOf(req.ip ?? '')))
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const ask = async (from: string) => (await fetch(url, { headers: { 'x-forwarded-for': from } })).json()
    try {
      expect(await ask('192.0.2.1:5555')).toBe('192.0.2.1')
      expect(await ask('192.0.2.1:5556')).toBe('192.0.2.1')
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
