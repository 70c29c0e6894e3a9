/** What can be done about one exception: try it again, correct it, decide an order's state, give it up. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import type { DiscardOutcome, ExceptionDetail, RetryOutcome } from '../../../schemas/protocol/exceptions.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode, type Failure } from '../frame/ask-node.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { correctable } from './compare-states.ts'
import { CorrectDocument } from './correct-document.tsx'
import { documentInWords, whyInWords } from './exception-text.ts'
import { x } from './exception-words.ts'
import { NextRound } from './next-round.tsx'
import type { Said } from './said-notice.tsx'

type Asked = 'discard' | 'restore' | 'round' | 'correct'

export function ExceptionActions(props: { detail: ExceptionDetail; onDone: (said: Said) => void }): JSX.Element | null {
  const { detail } = props
  const { retry, discard, direction, code, stored } = detail
  const asked = useSignal<Asked | undefined>(undefined)
  const busy = useSignal(false)
  const failure = useSignal<Failure | undefined>(undefined)
  const close = (): void => {
    asked.value = undefined
  }
  const onDone = (said: Said): void => {
    close()
    props.onDone(said)
  }
  const path = `/api/exceptions/${detail.id}`
  const document = documentInWords(detail)
  const retryNow = async (): Promise<void> => {
    busy.value = true
    const answer = await tellNode<RetryOutcome>(`${path}/retry`, {})
    busy.value = false
    failure.value = answer.ok ? undefined : answer.failure
    if (answer.ok) onDone(retriedInWords(answer.value, document))
  }
  const isContradiction = code === 'ORDER_STATE_CONFLICT' && stored?.['status'] === 'conflicted'
  // What branches are sent is headquarters' own; what a program sent is not here.
  const isCorrectable = direction === 'pull' && stored !== undefined && Object.keys(correctable(stored)).length > 0
  if (!retry && !discard && !isContradiction) return null
  return (
    <>
      <div class="row" data-testid="exception-actions">
        {isContradiction && (
          <Button kind="primary" testId="round" onClick={() => (asked.value = 'round')}>
            {x('round')}
          </Button>
        )}
        {retry && (
          <Button
            kind="primary"
            testId="retry"
            disabled={busy.value}
            onClick={() => (retry === 'restore' ? (asked.value = 'restore') : void retryNow())}
          >
            {x(`retry.${retry}`)}
          </Button>
        )}
        {isCorrectable && (
          <Button testId="correct" onClick={() => (asked.value = 'correct')}>
            {x('edit')}
          </Button>
        )}
        {discard && (
          <Button testId="discard" onClick={() => (asked.value = 'discard')}>
            {x('discard')}
          </Button>
        )}
      </div>
      <FailureNotice failure={failure.value} />
      {asked.value === 'discard' && discard && (
        <AskFirst<DiscardOutcome>
          title={x('discard.title', { document })}
          confirm={x('discard')}
          doIt={() => tellNode(`${path}/discard`, {})}
          onDone={(discarded) => onDone({ tone: 'good', text: x('discarded', { document }), discarded })}
          onClose={close}
        >
          <p>{x(`discard.${discard}`)}</p>
          <p>{x('discard.copy')}</p>
        </AskFirst>
      )}
      {asked.value === 'restore' && (
        <AskFirst<RetryOutcome>
          title={x('retry.restore.title', { document })}
          confirm={x('retry.restore')}
          doIt={() => tellNode(`${path}/retry`, {})}
          onDone={(outcome) => onDone(retriedInWords(outcome, document))}
          onClose={close}
        >
          <p>{x('retry.restore.text')}</p>
        </AskFirst>
      )}
      {asked.value === 'round' && stored && (
        <NextRound detail={detail} order={stored} onDone={onDone} onClose={close} />
      )}
      {asked.value === 'correct' && stored && (
        <CorrectDocument detail={detail} stored={stored} onDone={onDone} onClose={close} />
      )}
    </>
  )
}

function retriedInWords({ does, refused }: RetryOutcome, document: string): Said {
  if (refused) return { tone: 'bad', text: x('refused', { document, reason: whyInWords(refused) }) }
  const word = does === 'send' || does === 'ask' ? 'retried' : (`retried.${does}` as const)
  return { tone: 'good', text: x(word, { document }) }
}
