import { expect, test } from 'vitest'
import { addErrorHandling, createApp, type AppOptions } from '../../../adapters/http/app.ts'
import { addMetricsRoutes } from '../../../adapters/http/metrics-routes.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import type { Principal } from '../../../schemas/access.ts'
import { COMMAND, DEVICE, guardOf, NOBODY, programOf } from '../../support/guard-of.ts'
import { serve } from '../../support/serve.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const PROXIED: AppOptions = { names: [], trustedProxies: ['127.0.0.1'], isSecure: true }
const ELSEWHERE = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
const BRANCH: Principal = { kind: 'branch', branchId: 'north', keyId: 'key', bodyHash: '' }
const VIEWER: Principal = { kind: 'account', id: 'a-1', name: 'Li', role: 'viewer' }

async function ask(who: Principal, headers: Record<string, string>, options?: AppOptions, lines = 1) {
  const app = createApp(SILENT, options)
  const metrics = {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    scrape: () => Promise.resolve('up 1\n'.repeat(lines)),
  }
  addMetricsRoutes(new RouteTable(app, guardOf(who)), metrics)
  addErrorHandling(app, SILENT)
  await using served = await serve(app)
  const response = await fetch(`${served.url}/metrics`, { headers })
  const encoding = response.headers.get('content-encoding')
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    ...(encoding !== null && { encoding }),
    text: await response.text(),
  }
}

test('a program of the own machine reads the text format without saying who it is', async () => {
  expect(await ask(NOBODY, {})).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: 'up 1\n',
  })
})

test('those of hundreds of branches travel compressed to who can read that', async () => {
  const read = await ask(NOBODY, { 'accept-encoding': 'gzip' }, undefined, 1000)
  expect([read.encoding, read.text]).toEqual(['gzip', 'up 1\n'.repeat(1000)])
  expect(await ask(NOBODY, { 'accept-encoding': 'identity' }, undefined, 1000)).not.toHaveProperty('encoding')
})

test.each([
  ['a program by its token', programOf('north')],
  ["a command with the node's own token", COMMAND],
  ['a person of headquarters', VIEWER],
  ['a paired device', DEVICE],
])('%s reads them from elsewhere', async (_, who) => {
  expect(await ask(who, ELSEWHERE, PROXIED)).toMatchObject({ status: 200 })
})

test('nobody else reads them from elsewhere, and a branch reads none of the chain', async () => {
  const stranger = await ask(NOBODY, ELSEWHERE, PROXIED)
  expect(stranger).toMatchObject({ status: 401 })
  expect(JSON.parse(stranger.text)).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(await ask(BRANCH, ELSEWHERE, PROXIED)).toMatchObject({ status: 403 })
})

test('what a proxy hands on is from elsewhere, also if the configuration does not name the proxy', async () => {
  expect(await ask(NOBODY, { 'x-forwarded-for': '203.0.113.9' })).toMatchObject({ status: 401 })
  expect(await ask(NOBODY, { 'x-forwarded-for': '127.0.0.1' })).toMatchObject({ status: 401 })
  expect(await ask(NOBODY, { forwarded: 'for=203.0.113.9' })).toMatchObject({ status: 401 })
  expect(await ask(NOBODY, { 'x-real-ip': '203.0.113.9' })).toMatchObject({ status: 401 })
  expect(await ask(NOBODY, { 'x-forwarded-proto': 'https' })).toMatchObject({ status: 401 })
})

test('a proxy that is named and says nothing of whom it asks for is no program of the own machine', async () => {
  const plain = { ...PROXIED, isSecure: false }
  expect(await ask(NOBODY, {}, plain)).toMatchObject({ status: 401 })
  expect(await ask(programOf('north'), {}, plain)).toMatchObject({ status: 200 })
})
