import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clearCookie, readCookie, setCookie } from '../../../adapters/http/cookies.ts'

let server: Server
let url: string

beforeAll(async () => {
  const app = express()
  app.set('trust proxy', 'loopback')
  app.get('/read', (req, res) => void res.json({ value: readCookie(req, 'outpost-a') ?? null }))
  app.get('/set', (req, res) => {
    setCookie(req, res, 'outpost-a', 'abc_-1', 60)
    setCookie(req, res, 'outpost-b', 'def', 60)
    res.end()
  })
  app.get('/clear', (req, res) => {
    clearCookie(req, res, 'outpost-a')
    res.end()
  })
  server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

async function read(cookie: string): Promise<unknown> {
  const response = await fetch(`${url}/read`, { headers: { cookie } })
  return ((await response.json()) as { value: unknown }).value
}

async function cookiesOf(path: string, headers = {}): Promise<string[]> {
  return (await fetch(`${url}${path}`, { headers })).headers.getSetCookie()
}

describe('a cookie', () => {
  it.each([
    ['outpost-a=abc_-1', 'abc_-1'],
    ['other=1;outpost-a=abc ; outpost-b=2', 'abc'],
    ['outpost-a=first; outpost-a=second', 'first'],
    ['outpost-a=', ''],
    ['xoutpost-a=1; outpost-ab=2; outpost-a', null],
    ['=outpost-a; ;;', null],
  ])('is read by its whole name: %s', async (header, value) => {
    expect(await read(header)).toBe(value)
  })

  it('goes to this site alone, to no script, and over an encrypted connection never over another', async () => {
    const plain = await cookiesOf('/set')
    expect(plain).toHaveLength(2)
    expect(plain[0]).toMatch(/^outpost-a=abc_-1; Max-Age=60; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/)
    const [encrypted] = await cookiesOf('/set', { 'x-forwarded-proto': 'https' })
    expect(encrypted).toMatch(/; HttpOnly; Secure; SameSite=Strict$/)
  })

  it('is taken back by the attributes that it was given with', async () => {
    const [cleared] = await cookiesOf('/clear')
    expect(cleared).toMatch(/^outpost-a=; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Strict$/)
  })
})
