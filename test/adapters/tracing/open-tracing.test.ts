import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openTracing } from '../../../adapters/tracing/open-tracing.ts'
import type { SyncNote } from '../../../adapters/synclog/sync-recorder.ts'
import { serve } from '../../support/serve.ts'

const ignore = (): void => undefined
const NOTE: SyncNote = {
  at: '2026-05-01T08:00:00.000Z',
  branchId: 'north',
  kind: 'heartbeat',
  sent: 0,
  received: 0,
  bytesSent: 1,
  bytesReceived: 1,
  ms: 3,
  outcome: 'ok',
  requestId: 'r-1',
}
const NOTHING = { documents: [], delaysMs: [] }

/** As the collector of OpenTelemetry hears them (OTLP 1.x in JSON). */
interface Heard {
  readonly path: string | undefined
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue: string } }[] }
    readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[]
  }[]
}

async function collector() {
  const heard: Heard[] = []
  const listener = async (req: IncomingMessage, res: ServerResponse) => {
    heard.push({ path: req.url, ...((await json(req)) as Pick<Heard, 'resourceSpans'>) })
    res.setHeader('content-type', 'application/json')
    res.end('{}')
  }
  const served = await serve((req, res) => void listener(req, res))
  return { heard, url: served.url, [Symbol.asyncDispose]: () => served.close() }
}

function logging() {
  const warned: string[] = []
  return {
    warned,
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_: object, text: string) => void warned.push(text),
  }
}

test('nothing is traced unless somebody has said where to, or where the environment turns it off', async () => {
  const log = logging()
  expect(await openTracing({ node: 'branch', endpoint: undefined, log, environment: {} })).toBeUndefined()
  const off = { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }
  expect(await openTracing({ node: 'branch', endpoint: undefined, log, environment: off })).toBeUndefined()
})

test.each([
  ['the configuration', (url: string) => ({ endpoint: url, environment: {} })],
  [
    'the environment, which goes before it',
    (url: string) => ({ endpoint: 'http://127.0.0.1:1', environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/` } }),
  ],
])(
  'spans go to the collector that %s names, under the name of the node, at the latest when it stops',
  async (_, by) => {
    await using to = await collector()
    const log = logging()
    const tracing = await openTracing({ node: 'branch', log, ...by(to.url) })
    tracing!.note(NOTE, NOTHING)
    await tracing!.stop()
    expect(to.heard.map(({ path }) => path)).toEqual(['/v1/traces'])
    const [{ resource, scopeSpans }] = to.heard[0]!.resourceSpans as [Heard['resourceSpans'][0]]
    const named = Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue]))
    expect(named).toMatchObject({ 'service.name': 'outpost-branch' })
    expect(scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))).toEqual(['exchange heartbeat'])
    expect(log.warned).toEqual([])
  },
)

test('a collector that is not there is told of once, and a node stops all the same', async () => {
  const log = logging()
  const gone = await collector()
  await gone[Symbol.asyncDispose]()
  const tracing = await openTracing({ node: 'headquarters', endpoint: gone.url, log, environment: {} })
  tracing!.note(NOTE, NOTHING)
  await tracing!.stop()
  expect(log.warned).toEqual([`traces cannot be sent to ${gone.url}/v1/traces`])
})
