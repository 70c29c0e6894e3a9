/** One entry with the documents that it carried. */
import type { ComponentChildren, JSX } from 'preact'
import { formatBytes, formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { RunbookLink } from '../../../adapters/ui/sync/runbook-link.tsx'
import { formatMs } from '../../../adapters/ui/sync/sync-words.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { SyncLogDetail, SyncLogDocument } from '../../../schemas/protocol/sync-log.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { hashOf } from '../frame/place.ts'
import { countsInWords, kindInWords, outcomesInWords, ownerInWords, timeInWords } from './entry-text.ts'
import { Outcome, RequestLink } from './log-list.tsx'
import { l, type LogWord } from './log-words.ts'
import { isGone, useAnswer } from './use-answer.ts'

interface EntryProps {
  readonly number: string
  readonly nameOf: (branch: string) => string
}

export function EntryPage({ number, nameOf }: EntryProps): JSX.Element {
  const { answer, again } = useAnswer<SyncLogDetail>(`/api/sync-log/${encodeURIComponent(number)}`)
  return (
    <>
      <div class="row">
        <a class="button button-plain" href={hashOf('log')} data-testid="back">
          ← {c('back')}
        </a>
      </div>
      {!answer && <p role="status">{c('loading')}</p>}
      {answer && isGone(answer) && <p data-testid="log-gone">{l('one.gone')}</p>}
      {answer && !answer.ok && !isGone(answer) && <FailureNotice failure={answer.failure} onAgain={again} />}
      {answer?.ok && (
        <>
          <Facts entry={answer.value} nameOf={nameOf} />
          <Documents documents={answer.value.documents} />
        </>
      )}
    </>
  )
}

function Facts({ entry, nameOf }: { entry: SyncLogDetail; nameOf: EntryProps['nameOf'] }): JSX.Element {
  const { number, at, bytesSent, bytesReceived, ms, queuedMs = 0, code, requestId, cycle } = entry
  const title = l('one.title', { number: formatNumber(number) })
  const facts: readonly (readonly [LogWord, ComponentChildren])[] = [
    ['col.at', timeInWords(at)],
    ['col.branch', ownerInWords(entry, nameOf)],
    ['col.what', kindInWords(entry)],
    ['col.documents', formatList([...countsInWords(entry), outcomesInWords(entry)].filter(Boolean)) || '—'],
    ['col.line', `${formatBytes(bytesSent)} / ${formatBytes(bytesReceived)}`],
    ['col.ms', `${formatMs(ms)}${queuedMs >= 1 ? ` (${l('entry.queued', { time: formatMs(queuedMs) })})` : ''}`],
    ['col.request', <RequestLink id={requestId} />],
    ['one.cycle', cycle === undefined ? l('one.cycle.none') : <code>{cycle}</code>],
  ]
  return (
    <section class="card stack" aria-label={title} data-testid="log-entry">
      <div class="row log-head">
        <h2>{title}</h2>
        <div class="row">
          <Outcome entry={entry} />
          {code !== undefined && <RunbookLink section={code} />}
        </div>
      </div>
      <dl class="console-facts">
        {facts.map(([word, value]) => (
          <div key={word}>
            <dt>{l(word)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Documents({ documents }: { documents: readonly SyncLogDocument[] }): JSX.Element {
  const columns: Column<SyncLogDocument>[] = [
    {
      key: 'document',
      title: l('one.document'),
      cell: ({ collection, id }) => <DocumentLink document={`${collection}/${id}`} />,
    },
    {
      key: 'seq',
      title: l('one.seq'),
      help: l('one.seq.help'),
      numeric: true,
      cell: ({ seq }) => (seq > 0 ? formatNumber(seq) : l('one.seq.none')),
    },
  ]
  return (
    <section class="card stack" aria-label={l('one.documents')} data-testid="log-documents">
      <h2>{l('one.documents')}</h2>
      <p class="muted small">{l('one.documents.most')}</p>
      <Table
        caption={l('one.documents')}
        columns={columns}
        rows={documents}
        rowKey={({ collection, id }) => `${collection}/${id}`}
        empty={l('one.documents.none')}
      />
    </section>
  )
}

export function DocumentLink({ document }: { document: string }): JSX.Element {
  return (
    <a
      class="log-link"
      href={hashOf('log', new URLSearchParams({ document }))}
      title={l('one.document.open', { document })}
      data-testid="log-document-open"
    >
      <code>{document}</code>
    </a>
  )
}
