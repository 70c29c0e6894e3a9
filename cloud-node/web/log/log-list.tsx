/** The entries as they are chosen, the newest first; what comes is shown as it comes. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatBytes, formatDuration, formatList } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { tick } from '../../../adapters/ui/live-status.ts'
import { formatMs } from '../../../adapters/ui/sync/sync-words.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { SyncLogEntry } from '../../../schemas/protocol/sync-log.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { hashOf } from '../frame/place.ts'
import { countsInWords, kindInWords, outcomesInWords, ownerInWords, timeInWords } from './entry-text.ts'
import { paramsOf, type LogChoice } from './log-choice.ts'
import { l } from './log-words.ts'
import { useLog, type ReadLog } from './use-log.ts'

const TONES = { ok: 'good', failed: 'bad', refused: 'busy', deferred: 'unknown' } as const
/** What was asked for longer ago is not live, whatever the reason. */
const LIVE_MS = 10_000

interface ListProps {
  readonly choice: LogChoice
  readonly isBroken: boolean
  readonly nameOf: (branch: string) => string
}

export function LogList({ choice, isBroken, nameOf }: ListProps): JSX.Element {
  const follows = useSignal(true)
  const query = paramsOf(choice).toString()
  const log = useLog(query, follows.value)
  const { shown, failure, busy } = log
  const entries = shown?.entries
  const isFurther = entries?.length === 0 && shown?.next !== undefined
  return (
    <section class="card stack" aria-label={l('list.title')} data-testid="log-list">
      <div class="row log-head">
        <h2>{l('list.title')}</h2>
        <div class="row">
          <Freshness log={log} follows={follows.value} isBroken={isBroken} />
          <Button kind="quiet" testId="log-follow" onClick={() => (follows.value = !follows.value)}>
            {l(follows.value ? 'follow.pause' : 'follow.on')}
          </Button>
        </div>
      </div>
      <p class="muted small">{l('list.kept')}</p>
      <FailureNotice failure={failure} onAgain={log.again} />
      {!entries && !failure && <p role="status">{c('loading')}</p>}
      {isFurther && <p data-testid="log-further">{busy ? c('loading') : l('list.further')}</p>}
      {entries && !isFurther && (
        <div class="log-table">
          <Table
            caption={l('list.title')}
            columns={columnsOf(nameOf)}
            rows={entries}
            rowKey={({ number }) => String(number)}
            rowTestId={({ number }) => `log-${number}`}
            empty={l(query === '' ? 'list.none' : 'list.none.chosen')}
          />
        </div>
      )}
      {shown?.next !== undefined && (
        <div class="row">
          <Button testId="log-more" disabled={busy} onClick={log.older}>
            {isFurther ? l('list.look') : c('more')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Freshness({ log, follows, isBroken }: { log: ReadLog; follows: boolean; isBroken: boolean }): JSX.Element {
  const { askedMs, failure } = log
  if (askedMs === undefined) return <></>
  const passedMs = Math.max(0, tick.value - askedMs)
  const age = formatDuration(passedMs)
  const isLive = follows && !failure && !isBroken && passedMs < LIVE_MS
  if (isLive) {
    return (
      <Badge tone="good" testId="log-live">
        {l('follow.live', { age: language.value === 'zh' ? `${age}前` : `${age} ago` })}
      </Badge>
    )
  }
  return (
    <span class="row">
      {!follows && <Badge tone="unknown">{l('follow.paused')}</Badge>}
      <span class="muted small" data-testid="log-old">
        {l('follow.old', { age })}
      </span>
    </span>
  )
}

function columnsOf(nameOf: (branch: string) => string): Column<SyncLogEntry>[] {
  return [
    {
      key: 'at',
      title: l('col.at'),
      cell: ({ number, at }) => (
        <a
          class="log-link"
          href={hashOf('log', new URLSearchParams({ entry: String(number) }))}
          title={l('entry.open', { number })}
          data-testid="log-open"
        >
          {timeInWords(at)}
        </a>
      ),
    },
    { key: 'branch', title: l('col.branch'), cell: (entry) => <strong>{ownerInWords(entry, nameOf)}</strong> },
    { key: 'what', title: l('col.what'), cell: kindInWords },
    {
      key: 'documents',
      title: l('col.documents'),
      help: l('col.documents.help'),
      cell: (entry) => (
        <div>
          {formatList(countsInWords(entry)) || '—'}
          <small>{outcomesInWords(entry)}</small>
        </div>
      ),
    },
    {
      key: 'line',
      title: l('col.line'),
      help: l('col.line.help'),
      numeric: true,
      cell: ({ bytesSent, bytesReceived }) =>
        bytesSent + bytesReceived > 0 ? `${formatBytes(bytesSent)} / ${formatBytes(bytesReceived)}` : '—',
    },
    {
      key: 'ms',
      title: l('col.ms'),
      help: l('col.ms.help'),
      numeric: true,
      cell: ({ ms, queuedMs = 0 }) => (
        <div>
          {formatMs(ms)}
          {queuedMs >= 1 && <small>{l('entry.queued', { time: formatMs(queuedMs) })}</small>}
        </div>
      ),
    },
    { key: 'outcome', title: l('col.outcome'), cell: (entry) => <Outcome entry={entry} /> },
    {
      key: 'request',
      title: l('col.request'),
      help: l('col.request.help'),
      cell: ({ requestId }) => <RequestLink id={requestId} />,
    },
  ]
}

export function Outcome({ entry }: { entry: SyncLogEntry }): JSX.Element {
  const { outcome, code } = entry
  return (
    <div>
      <Badge tone={TONES[outcome]}>{l(outcome)}</Badge>
      {code !== undefined && (
        <small>
          <a class="log-link" href={hashOf('log', new URLSearchParams({ code }))}>
            <code>{code}</code>
          </a>
        </small>
      )}
    </div>
  )
}

export function RequestLink({ id }: { id: string }): JSX.Element {
  return (
    <a
      class="log-link"
      href={hashOf('log', new URLSearchParams({ request: id }))}
      title={l('request.open', { id })}
      data-testid="log-request-open"
    >
      <code>{id}</code>
    </a>
  )
}
