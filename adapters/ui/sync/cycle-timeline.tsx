/** The last cycles: when, how long, what each did and how it ended; behind each its single exchanges. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { SyncLogEntry, SyncLogPage } from '../../../schemas/protocol/sync-log.ts'
import { Badge, type Tone } from '../badge.tsx'
import { Button } from '../button.tsx'
import { formatAge, formatBytes, formatClock, formatNumber, formatTime } from '../format.ts'
import { Table, type Column } from '../table.tsx'
import { AsOf } from './as-of.tsx'
import { cyclesOf, type Cycle, type CycleStep } from './cycles.ts'
import { classInWords, formatMs, s } from './sync-words.ts'
import type { Renewed } from './use-renewed.ts'

const FIRST = 8
const MORE = 20

/** Whatever else an exchange may come to is none that went well. */
const TONES: Readonly<Partial<Record<Cycle['outcome'], Tone>>> = { ok: 'good', repaired: 'busy', deferred: 'unknown' }

export function CycleTimeline(props: {
  log: Renewed<SyncLogPage>
  /** By the node's clock. */
  nowMs: number
  /** Where the log shows a request. */
  hrefOf?: (requestId: string) => string
}): JSX.Element {
  const { log, nowMs, hrefOf } = props
  const most = useSignal(FIRST)
  const page = log.value
  const cycles = page && cyclesOf(page.entries, page.next !== undefined)
  return (
    <section class="card stack" aria-label={s('cycles.title')} data-testid="sync-cycles">
      <div class="sync-head">
        <h3>{s('cycles.title')}</h3>
        <AsOf of={log} />
      </div>
      <p class="muted small">{s('cycles.help')}</p>
      {cycles?.length === 0 && <p class="muted">{s('cycles.none')}</p>}
      {cycles && cycles.length > 0 && (
        <ol class="sync-cycles">
          {cycles.slice(0, most.value).map((cycle) => (
            <Item key={cycle.key} cycle={cycle} nowMs={nowMs} href={hrefOf?.(cycle.requestId)} />
          ))}
        </ol>
      )}
      {cycles && cycles.length > most.value && (
        <div class="row">
          <Button testId="cycles-more" onClick={() => (most.value += MORE)}>
            {s('cycles.more')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Item({ cycle, nowMs, href }: { cycle: Cycle; nowMs: number; href: string | undefined }): JSX.Element {
  const { startedMs, ms, outcome, code, steps, entries } = cycle
  const isOpen = useSignal(false)
  const at = new Date(startedMs).toISOString()
  return (
    <li class={`sync-cycle sync-cycle-${outcome}`} data-testid="sync-cycle">
      <div class="sync-cycle-head">
        <time dateTime={at} title={formatTime(at)}>
          {formatClock(startedMs, true)}
        </time>
        <small class="muted">
          {formatAge(at, nowMs)} · {s('cycle.took', { time: formatMs(ms) })}
        </small>
        <Badge tone={TONES[outcome] ?? 'bad'}>{s(`cycle.${outcome}`)}</Badge>
        {code !== undefined && <code class={outcome === 'repaired' ? 'muted' : 'bad'}>{code}</code>}
      </div>
      <ul class="sync-steps">
        {steps.map((step) => (
          <li key={`${step.kind} ${step.class ?? ''}`}>
            <span>{stepInWords(step)}</span>
            {notesOf(step).map((note) => (
              <small key={note} class="bad">
                {note}
              </small>
            ))}
          </li>
        ))}
      </ul>
      <div class="sync-cycle-more">
        <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
          <summary data-testid="cycle-entries">{s('cycle.entries', { count: formatNumber(entries.length) })}</summary>
          {isOpen.value && <Entries entries={entries} />}
        </details>
        {href !== undefined && (
          <a
            class="sync-link"
            href={href}
            aria-label={s('cycle.open.label', { time: formatClock(startedMs, true) })}
            data-testid="cycle-log"
          >
            {s('cycle.open')}
          </a>
        )}
      </div>
    </li>
  )
}

function Entries({ entries }: { entries: readonly SyncLogEntry[] }): JSX.Element {
  const columns: Column<SyncLogEntry>[] = [
    { key: 'at', title: s('entry.at'), cell: ({ at }) => formatClock(Date.parse(at), true) },
    {
      key: 'what',
      title: s('entry.what'),
      cell: (entry) => <span>{stepInWords(entry)}</span>,
    },
    {
      key: 'bytes',
      title: s('entry.bytes'),
      numeric: true,
      cell: ({ bytesSent, bytesReceived }) => `${formatBytes(bytesSent)} / ${formatBytes(bytesReceived)}`,
    },
    { key: 'ms', title: s('entry.ms'), numeric: true, cell: ({ ms }) => formatMs(ms) },
    {
      key: 'outcome',
      title: s('entry.outcome'),
      cell: ({ outcome, code }) =>
        outcome === 'ok' ? s('cycle.ok') : <span class="bad">{code ? <code>{code}</code> : s('cycle.failed')}</span>,
    },
    { key: 'request', title: s('entry.request'), cell: ({ requestId }) => <code>{requestId}</code> },
  ]
  return (
    <Table
      caption={s('entry.table')}
      columns={columns}
      rows={entries}
      rowKey={({ number }) => String(number)}
      empty={s('cycles.none')}
    />
  )
}

function stepInWords({ kind, class: syncClass, sent, received }: CycleStep | SyncLogEntry): string {
  const counts = { sent: formatNumber(sent), received: formatNumber(received) }
  if ((kind === 'push' || kind === 'pull') && syncClass !== undefined) {
    return s(`step.${kind}.of`, { ...counts, class: classInWords(syncClass) })
  }
  return s(`step.${kind}`, counts)
}

function notesOf({ failed, outcomes }: CycleStep): string[] {
  const { rejected = 0, held = 0 } = outcomes
  return [
    ...(failed > 0 ? [s('step.failed', { count: formatNumber(failed) })] : []),
    ...(rejected > 0 ? [s('outcome.rejected', { count: formatNumber(rejected) })] : []),
    ...(held > 0 ? [s('outcome.held', { count: formatNumber(held) })] : []),
  ]
}
