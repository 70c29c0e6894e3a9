import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { askNode } from '../../../../local-node/web/node/ask-node.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function ask(answers: RequestListener) {
  server = createServer(answers)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return askNode<{ a: number }>({ method: 'GET', path: '/api/access', baseUrl })
}

it('brings what the node answers', async () => {
  expect(await ask((_req, res) => res.end('{"a":1}'))).toEqual({ kind: 'done', body: { a: 1 } })
})

it('brings why the node refuses, with the field and how long to wait', async () => {
  const reply = await ask((_req, res) => {
    res.writeHead(429, { 'retry-after': '30' })
    res.end('{"code":"TOO_MANY_REQUESTS","message":"wait","field":"pin"}')
  })
  expect(reply).toEqual({
    kind: 'refused',
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'wait',
    field: 'pin',
    retryAfterS: 30,
  })
})

it('takes a page of something else at the address for no node', async () => {
  expect(await ask((_req, res) => res.end('<html>Welcome to our Wi-Fi</html>'))).toEqual({ kind: 'unreachable' })
})
