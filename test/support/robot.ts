/** A service that is posted to, real HTTP on loopback: keeps what it was sent, and answers as the test says. */
import type { IncomingHttpHeaders } from 'node:http'
import { serve, type Served } from './serve.ts'

export interface PostedTo {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Robot extends Served {
  readonly requests: PostedTo[]
  /** `undefined`: it never answers. */
  answer:
    | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
    | undefined
  /** Called with each request that has come whole. */
  onRequest: () => void
}

export async function startRobot(body = '{"errcode":0,"errmsg":"ok"}'): Promise<Robot> {
  const requests: PostedTo[] = []
  const served = await serve((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const { pathname, searchParams } = new URL(req.url!, 'http://robot')
      const sent = Buffer.concat(chunks).toString('utf8')
      requests.push({ path: pathname, query: searchParams, headers: req.headers, body: sent })
      robot.onRequest()
      const { answer } = robot
      if (answer) res.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })
  const robot: Robot = { ...served, requests, answer: { status: 200, body }, onRequest: () => undefined }
  return robot
}
