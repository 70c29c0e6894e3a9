/** The SDK of OpenTelemetry and its exporter. Nothing global is set: a process may run several nodes. */
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'
import { VERSION } from '../../schemas/version.ts'
import type { Log } from '../log.ts'
import { GivenIds } from './given-ids.ts'
import type { Tracing } from './open-tracing.ts'
import { SyncSpans } from './sync-spans.ts'

export interface TracingTarget {
  readonly node: 'headquarters' | 'branch'
  readonly url: string
  /** As the collector names the node. */
  readonly service: string
  readonly log: Log
}

/** Of sending once, with its repeats. */
const SENDING_MS = 2000
/** A stop of the node waits no longer; whoever sends gives up before, and says why. */
const STOPPING_MS = 3000

export function startTracing({ node, url, service, log }: TracingTarget): Tracing {
  const ids = new GivenIds()
  const exporter = telling(new OTLPTraceExporter({ url, timeoutMillis: SENDING_MS }), url, log)
  const provider = new TracerProvider({
    idGenerator: ids,
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': VERSION }),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: STOPPING_MS })],
  })
  const spans = new SyncSpans({ tracer: provider.getTracer('outpost', VERSION), ids, node })
  return {
    note: spans.note,
    endCycle: () => spans.endCycle(),
    async stop() {
      spans.endCycle()
      await provider.shutdown().catch(() => undefined)
    },
  }
}

/** Says once that nothing arrives, and once that it does again; spans are no business data, and those are lost. */
function telling(inner: SpanExporter, url: string, log: Log): SpanExporter {
  let isFailing = false
  return {
    export(spans, done) {
      inner.export(spans, (result) => {
        const fails = result.code !== ExportResultCode.SUCCESS
        if (fails && !isFailing) log.warn({ err: result.error }, `traces cannot be sent to ${url}`)
        if (!fails && isFailing) log.info({}, `traces are sent to ${url} again`)
        isFailing = fails
        done(result)
      })
    },
    shutdown: () => inner.shutdown(),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
  }
}
