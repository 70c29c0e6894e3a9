import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askNode, type AskNode } from '../../../../local-node/web/node/ask-node.ts'
import { askSync } from '../../../../local-node/web/sync/ask-sync.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function nodeThat(answers: RequestListener): Promise<string> {
  server = createServer(answers)
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const at =
  (baseUrl: string, patienceMs = 10_000): AskNode =>
  (request) =>
    askNode({ ...request, baseUrl, patienceMs })

const answering = (status: number, body: unknown): RequestListener => {
  return (_req, res) => void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

describe('asking the node to synchronise', () => {
  it('is done when the cycle is', async () => {
    const url = await nodeThat(answering(200, { sync: { running: false } }))
    expect(await askSync('now', at(url))).toEqual({ kind: 'done' })
  })

  it('succeeds too while the cycle still runs', async () => {
    const url = await nodeThat(answering(200, { sync: { running: true } }))
    expect(await askSync('on', at(url))).toEqual({ kind: 'running' })
  })

  it('tells a node that takes long from one that is not there', async () => {
    const slow = await nodeThat(() => undefined)
    expect(await askSync('now', at(slow, 100))).toEqual({ kind: 'unanswered' })
    server!.closeAllConnections()
    await new Promise((resolve) => server!.close(resolve))
    expect(await askSync('now', at(slow, 100))).toEqual({ kind: 'unreachable' })
  })

  it('runs a cycle at one address, and turns it on and off at another, which is for managers', async () => {
    const asked: string[] = []
    const url = await nodeThat((req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => {
        asked.push(`${req.method} ${req.url} ${body}`)
        res.end('{}')
      })
    })
    for (const action of ['now', 'on', 'off'] as const) await askSync(action, at(url))
    expect(asked).toEqual([
      'POST /api/sync {}',
      'POST /api/sync/settings {"action":"on"}',
      'POST /api/sync/settings {"action":"off"}',
    ])
  })

  it('passes on why the node refuses', async () => {
    const url = await nodeThat(answering(507, { code: 'DISK_FULL', message: 'no room' }))
    expect(await askSync('off', at(url))).toEqual({ kind: 'failed', code: 'DISK_FULL', message: 'no room' })
  })
})
