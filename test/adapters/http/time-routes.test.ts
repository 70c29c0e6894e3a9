import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addErrorHandling } from '../../../adapters/http/app.ts'
import { verifyTimeStatement } from '../../../adapters/tls/time-statement.ts'
import type { TimeAnswer } from '../../../schemas/protocol/time.ts'
import { CLOUD_KEY, CLOUD_PUBLIC_KEY, silent, TIME_MS, timeApp } from '../tls/headquarters.ts'

const HASH = 'h'.repeat(43)
let server: Server
let url: string

beforeEach(async () => {
  const app = timeApp(() => [HASH])
  addErrorHandling(app, silent)
  server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exchange/v1/time`
})
afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))

const ask = (challenge: string) => fetch(`${url}?challenge=${challenge}`)

describe('the time', () => {
  it.each([16, 32, 64])('is told with the certificates to whoever sends %i random bytes', async (bytes) => {
    const challenge = Buffer.alloc(bytes, 7).toString('base64url')
    const answer = await ask(challenge)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { statement, key } = (await answer.json()) as TimeAnswer
    expect(key).toBe(CLOUD_PUBLIC_KEY)
    expect(await verifyTimeStatement(statement, challenge, CLOUD_KEY)).toEqual({
      challenge,
      timeMs: TIME_MS,
      certificates: [HASH],
    })
  })

  it.each(['', 'short', 'a'.repeat(21), 'a'.repeat(87), `${'a'.repeat(30)}+/`, encodeURIComponent('分'.repeat(30))])(
    'is not told to the challenge "%s"',
    async (challenge) => {
      const answer = await ask(challenge)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code: 'BAD_REQUEST', field: 'challenge' })
    },
  )
})
