/** A plain node:http server whose addresses take and give JSON; prints where it is. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'

export type JsonHandler = (body: never) => Promise<unknown>

export function startJsonServer(handlers: Readonly<Record<string, JsonHandler>>): void {
  // A process that is busy for seconds would take its own connections for idle, and cut them.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void (async () => {
      const handler = handlers[request.url ?? '']
      const body = await text(request)
      try {
        if (!handler) throw new Error(`there is nothing at ${request.url}`)
        const answer = await handler((body === '' ? {} : JSON.parse(body)) as never)
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
      } catch (error) {
        response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ message: String(error) }))
      }
    })()
  })
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  })
  process.once('SIGTERM', () => process.exit(0))
}
