/** Traces, where somebody has said where they go. Elsewhere nothing of OpenTelemetry is even loaded. */
import type { Log } from '../log.ts'
import type { SyncNoteListener } from '../synclog/sync-recorder.ts'

export interface Tracing {
  /** Hears of what is exchanged. */
  readonly note: SyncNoteListener
  /** At a branch: no cycle is under way any more. */
  endCycle(): void
  /** Sends what waits, for a few seconds at most. */
  stop(): Promise<void>
}

export interface TracingOptions {
  readonly node: 'headquarters' | 'branch'
  /** Of a collector that speaks OTLP over HTTP, such as http://127.0.0.1:4318; the environment goes before it. */
  readonly endpoint: string | undefined
  readonly log: Log
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** @returns `undefined` where it is not configured */
export async function openTracing(options: TracingOptions): Promise<Tracing | undefined> {
  const { node, endpoint, log, environment = process.env } = options
  if (environment['OTEL_SDK_DISABLED'] === 'true') return undefined
  const whole = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  const base = environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? endpoint
  const url = whole ?? (base === undefined ? undefined : `${base.replace(/\/$/, '')}/v1/traces`)
  if (url === undefined) return undefined
  const { startTracing } = await import('./start-tracing.ts')
  const service = environment['OTEL_SERVICE_NAME'] ?? `outpost-${node}`
  return startTracing({ node, url, service, log })
}
