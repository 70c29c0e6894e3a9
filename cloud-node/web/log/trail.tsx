/** What became of a request and of the documents that it carried, step by step. */
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { RunbookLink } from '../../../adapters/ui/sync/runbook-link.tsx'
import { formatMs } from '../../../adapters/ui/sync/sync-words.ts'
import type { SyncLogTrail } from '../../../schemas/protocol/sync-log.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { hashOf } from '../frame/place.ts'
import { DocumentLink } from './entry-page.tsx'
import { countsInWords, kindInWords, outcomesInWords, ownerInWords, timeInWords } from './entry-text.ts'
import { Outcome } from './log-list.tsx'
import { l } from './log-words.ts'
import { summaryOf, type TrailStep, type TrailSummary } from './trail-steps.ts'
import { isGone, useAnswer } from './use-answer.ts'

const SHOWN_DOCUMENTS = 12

interface TrailProps {
  readonly request: string
  readonly nameOf: (branch: string) => string
}

export function Trail({ request, nameOf }: TrailProps): JSX.Element {
  const { answer, again } = useAnswer<SyncLogTrail>(`/api/sync-log/request/${encodeURIComponent(request)}`)
  return (
    <section class="card stack" aria-label={l('trail.title')} data-testid="trail">
      <h2>{l('trail.title')}</h2>
      <p class="muted small">{l('trail.text')}</p>
      {!answer && <p role="status">{c('loading')}</p>}
      {answer && isGone(answer) && <p data-testid="trail-gone">{l('trail.gone')}</p>}
      {answer && !answer.ok && !isGone(answer) && <FailureNotice failure={answer.failure} onAgain={again} />}
      {answer?.ok && <Steps summary={summaryOf(answer.value)} nameOf={nameOf} />}
    </section>
  )
}

function Steps({ summary, nameOf }: { summary: TrailSummary; nameOf: TrailProps['nameOf'] }): JSX.Element {
  const { steps, documents, fetchedBy, mirroredAfterMs, failedWith } = summary
  const shown = documents.slice(0, SHOWN_DOCUMENTS)
  return (
    <>
      <ul class="log-verdicts" data-testid="trail-verdict">
        {failedWith !== undefined && (
          <li class="row">
            <strong class="bad">{l('trail.failed', { code: failedWith })}</strong> <RunbookLink section={failedWith} />
          </li>
        )}
        {documents.length > 0 && (
          <li>
            {mirroredAfterMs === undefined
              ? l('trail.unmirrored')
              : l('trail.mirrored', { time: formatMs(mirroredAfterMs) })}
          </li>
        )}
        {fetchedBy.length > 0 && <li>{l('trail.fetched', { branches: formatList(fetchedBy.map(nameOf)) })}</li>}
      </ul>
      <ol class="log-trail">
        {steps.map((step) => (
          <Step key={step.entry.number} step={step} nameOf={nameOf} />
        ))}
      </ol>
      {documents.length > 0 && (
        <div class="row log-documents" data-testid="trail-documents">
          <span class="muted small">{l('one.documents')}</span>
          {shown.map(({ collection, id }) => (
            <DocumentLink key={`${collection}/${id}`} document={`${collection}/${id}`} />
          ))}
          {documents.length > shown.length && <span>+ {formatNumber(documents.length - shown.length)}</span>}
        </div>
      )}
    </>
  )
}

function Step({ step, nameOf }: { step: TrailStep; nameOf: TrailProps['nameOf'] }): JSX.Element {
  const { entry, isOwn, afterMs } = step
  const counts = formatList([...countsInWords(entry), outcomesInWords(entry)].filter(Boolean))
  return (
    <li class={`log-step log-step-${entry.outcome}`} data-testid={`trail-${entry.kind}`}>
      <div class="row log-head">
        <span>
          <strong>{ownerInWords(entry, nameOf)}</strong> · {kindInWords(entry)}
        </span>
        <Outcome entry={entry} />
      </div>
      <small class="muted">
        <a class="log-link" href={hashOf('log', new URLSearchParams({ entry: String(entry.number) }))}>
          {timeInWords(entry.at)}
        </a>
        {afterMs > 0 && ` · ${l('trail.after', { time: formatMs(afterMs) })}`}
        {counts !== '' && ` · ${counts}`} {isOwn && <Badge tone="neutral">{l('trail.own')}</Badge>}
      </small>
    </li>
  )
}
