/** HTTP from an address of one's own: all of 127.0.0.0/8 is this machine, so that limits count each client apart. */
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface LoopbackRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** The address that it comes from. */
  readonly from: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** A body is announced and never sent: who answers has not waited for it. */
  readonly withholdsBody?: boolean
}

export interface LoopbackAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Of an answer in JSON. */
  readonly json: unknown
}

const agents = new Map<string, Agent>()

function agentOf(from: string): Agent {
  const agent = agents.get(from) ?? new Agent({ keepAlive: true, maxSockets: 8 })
  agents.set(from, agent)
  return agent
}

/** Ends the connections that are kept open for the next request. */
export function closeLoopback(): void {
  for (const agent of agents.values()) agent.destroy()
  agents.clear()
}

/** Of a stream of events only the head is waited for. */
export async function loopback(url: string, asked: LoopbackRequest): Promise<LoopbackAnswer> {
  const response = await begin(url, asked)
  const { statusCode: status = 0, headers } = response
  if (headers['content-type']?.startsWith('text/event-stream')) {
    response.destroy()
    return { status, headers, text: '', json: undefined }
  }
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += String(chunk)
  if (asked.withholdsBody === true) response.destroy()
  return { status, headers, text, json: parsed(text) }
}

export interface LoopbackStream {
  /** What came until now. */
  readonly text: () => string
  /** When it looks so. */
  readonly until: (looks: RegExp | string) => Promise<void>
  /** Everything, once the node has ended it. */
  readonly ended: Promise<string>
  readonly close: () => void
}

export async function loopbackStream(url: string, asked: LoopbackRequest): Promise<LoopbackStream> {
  const response = await begin(url, asked, true)
  if (response.statusCode !== 200) throw new Error(`${asked.path} answered ${response.statusCode}`)
  let text = ''
  const waiting = new Set<() => void>()
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    for (const look of waiting) look()
  })
  response.on('error', () => undefined)
  return {
    text: () => text,
    until: (looks) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof looks === 'string' ? !text.includes(looks) : !looks.test(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        response.once('close', () => reject(new Error(`the stream ended without ${String(looks)}: ${text}`)))
        look()
      }),
    ended: new Promise((resolve) => response.once('close', () => resolve(text))),
    close: () => response.destroy(),
  }
}

/** @param stays for as long as somebody listens */
function begin(
  url: string,
  { method, path, from, headers, body, withholdsBody }: LoopbackRequest,
  stays = withholdsBody === true,
) {
  const { hostname, port } = new URL(url)
  return new Promise<IncomingMessage>((resolve, reject) => {
    const length = withholdsBody === true ? 1000 : body === undefined ? undefined : Buffer.byteLength(body)
    const asked = request({
      hostname,
      port,
      method,
      path,
      localAddress: from,
      headers: { ...headers, ...(length !== undefined && { 'content-length': length }) },
      // Nothing else can travel over a connection on which a body is missing, or an answer does not end.
      agent: stays ? false : agentOf(from),
    })
    asked.once('response', resolve)
    asked.once('error', reject)
    if (withholdsBody === true) asked.flushHeaders()
    else asked.end(body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
