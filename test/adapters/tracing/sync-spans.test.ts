import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { GivenIds } from '../../../adapters/tracing/given-ids.ts'
import { SyncSpans } from '../../../adapters/tracing/sync-spans.ts'
import type { SyncNote } from '../../../adapters/synclog/sync-recorder.ts'

const NOTHING = { documents: [], delaysMs: [] }
const CYCLE = 'aaaaaaaaaaaa'
const AT = '2026-05-01T08:00:00.250Z'

function note(changed: Partial<SyncNote> = {}): SyncNote {
  return {
    at: AT,
    branchId: 'north',
    kind: 'push',
    class: 80,
    sent: 2,
    received: 0,
    outcomes: { applied: 2 },
    bytesSent: 900,
    bytesReceived: 100,
    ms: 30.5,
    outcome: 'ok',
    requestId: `${CYCLE}.1`,
    cycle: CYCLE,
    ...changed,
  }
}

function spansAt(node: 'headquarters' | 'branch') {
  const ids = new GivenIds()
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ idGenerator: ids, spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const spans = new SyncSpans({ tracer: provider.getTracer('test'), ids, node })
  return { spans, ended: () => exporter.getFinishedSpans() }
}

function idsOf(span: ReadableSpan) {
  const { traceId, spanId } = span.spanContext()
  return { traceId, spanId, parent: span.parentSpanContext?.spanId }
}

test('an exchange is one trace from the cycle of the branch to headquarters, though only its id travels', () => {
  const [branch, headquarters] = [spansAt('branch'), spansAt('headquarters')]
  headquarters.spans.note(note(), NOTHING)
  branch.spans.note(note(), NOTHING)
  branch.spans.endCycle()
  const [asked, cycle] = branch.ended().map(idsOf)
  const [answered] = headquarters.ended().map(idsOf)
  expect(cycle!.parent).toBeUndefined()
  expect(asked).toMatchObject({ traceId: cycle!.traceId, parent: cycle!.spanId })
  expect(answered).toMatchObject({ traceId: cycle!.traceId, parent: asked!.spanId })
  expect(new Set([cycle!.spanId, asked!.spanId, answered!.spanId]).size).toBe(3)
  expect(branch.ended().map(({ name }) => name)).toEqual(['exchange push', 'cycle'])
  expect([branch.ended()[0]!.kind, headquarters.ended()[0]!.kind]).toEqual([SpanKind.CLIENT, SpanKind.SERVER])
})

test('a span says when it was, by the clock of its note, and what it carried', () => {
  const { spans, ended } = spansAt('headquarters')
  spans.note(note({ at: '2000-01-01T00:00:01.250Z', queuedMs: 4 }), NOTHING)
  const [span] = ended()
  expect(span!.startTime).toEqual([946_684_801, 250_000_000])
  expect(span!.endTime).toEqual([946_684_801, 280_500_000])
  expect(span!.attributes).toEqual({
    'outpost.branch': 'north',
    'outpost.class': 80,
    'outpost.cycle': CYCLE,
    'outpost.request_id': `${CYCLE}.1`,
    'outpost.documents.sent': 2,
    'outpost.documents.received': 0,
    'outpost.bytes.sent': 900,
    'outpost.bytes.received': 100,
    'outpost.queued_ms': 4,
    'outpost.outcomes.applied': 2,
  })
})

test('what failed is an error with its code, and so is its cycle', () => {
  const { spans, ended } = spansAt('branch')
  spans.note(note(), NOTHING)
  spans.note(note({ requestId: `${CYCLE}.2`, outcome: 'failed', code: 'LINK_FAILED' }), NOTHING)
  spans.endCycle()
  const [good, failed, cycle] = ended()
  expect(good!.status.code).toBe(SpanStatusCode.UNSET)
  expect(failed!.status).toEqual({ code: SpanStatusCode.ERROR, message: 'LINK_FAILED' })
  expect(failed!.attributes['error.type']).toBe('LINK_FAILED')
  expect(cycle!.status).toEqual({ code: SpanStatusCode.ERROR, message: 'LINK_FAILED' })
  expect(cycle!.attributes['outpost.requests']).toBe(2)
})

test('whoever is asked to wait, or is not let in, has not failed: its code is told, and nothing is called an error', () => {
  const { spans, ended } = spansAt('branch')
  spans.note(note({ outcome: 'deferred', code: 'TOO_BUSY' }), NOTHING)
  spans.note(note({ requestId: `${CYCLE}.2`, outcome: 'refused', code: 'BRANCH_DISABLED' }), NOTHING)
  spans.endCycle()
  expect(ended().map(({ status }) => status.code)).toEqual(Array(3).fill(SpanStatusCode.UNSET))
  expect(ended().map(({ attributes }) => attributes['error.type'])).toEqual(['TOO_BUSY', 'BRANCH_DISABLED', undefined])
})

test('a cycle lasts from its first request to the end of its last, and the next one is a trace of its own', () => {
  const { spans, ended } = spansAt('branch')
  spans.note(note(), NOTHING)
  spans.note(note({ at: '2026-05-01T08:00:01.000Z', requestId: `${CYCLE}.2`, ms: 500 }), NOTHING)
  spans.note(note({ requestId: 'bbbbbbbbbbbb.1', cycle: 'bbbbbbbbbbbb' }), NOTHING)
  spans.endCycle()
  spans.endCycle()
  const [first, second, ...more] = ended().filter(({ name }) => name === 'cycle')
  expect(more).toEqual([])
  expect(first!.startTime).toEqual([Date.parse(AT) / 1000 - 0.25, 250_000_000])
  expect(first!.endTime).toEqual([Date.parse('2026-05-01T08:00:01.000Z') / 1000, 500_000_000])
  expect(second!.spanContext().traceId).not.toBe(first!.spanContext().traceId)
})

test('questions beside cycles, writes of apps and batches of the mirror are traces of their own', () => {
  const { spans, ended } = spansAt('branch')
  const { cycle: _, branchId: __, ...alone } = note({ requestId: 'of-an-app' })
  spans.note({ ...alone, branchId: 'north', kind: 'whereabouts' }, NOTHING)
  spans.note({ ...alone, kind: 'write' }, NOTHING)
  spans.note({ ...alone, kind: 'mirror', mirror: 'default', requestId: 'a-batch' }, NOTHING)
  spans.endCycle()
  expect(ended().map(({ name, kind }) => [name, kind])).toEqual([
    ['exchange whereabouts', SpanKind.CLIENT],
    ['write', SpanKind.SERVER],
    ['mirror batch', SpanKind.CLIENT],
  ])
  expect(ended().map((span) => span.parentSpanContext)).toEqual([undefined, undefined, undefined])
})
