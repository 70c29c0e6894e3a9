// Knows of processes without looking for them: each one connects, says its name and what happens to it, and its death,
// however sudden, closes the connection.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

export interface Witness {
  port: number
  /** `name word` in the order in which they arrived; the first word of each process is `up`, the last one `gone`. */
  events: readonly string[]
  /** Settles when the event has happened, at once if it has already. */
  saw(event: string): Promise<void>
  close(): Promise<void>
}

export async function createWitness(): Promise<Witness> {
  const events: string[] = []
  const waiting = new Map<string, () => void>()
  const note = (event: string) => {
    events.push(event)
    waiting.get(event)?.()
  }
  const server = createServer((socket) => {
    let name = ''
    socket.on('error', () => undefined) // a killed process resets its connection
    socket.on('close', () => note(`${name} gone`))
    createInterface({ input: socket }).on('line', (line) => {
      name = line.split(' ')[0] ?? ''
      note(line)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    events,
    saw: (event) =>
      events.includes(event) ? Promise.resolve() : new Promise((resolve) => waiting.set(event, resolve)),
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
