/** What waits for a person at headquarters, oldest first. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import { askNode, type Failure } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { may } from '../frame/may.tsx'
import { hashOf } from '../frame/place.ts'
import { DecideRequest } from './decide-request.tsx'
import { kindOf } from './member-text.ts'
import { m } from './member-words.ts'
import { branchName, type MembersProps } from './members-props.ts'
import { useAgain } from './use-again.ts'

export function ReviewQueue(room: MembersProps): JSX.Element {
  const waiting = useSignal<readonly RequestDocument[] | undefined>(undefined)
  const failure = useSignal<Failure | undefined>(undefined)
  const deciding = useSignal<RequestDocument | undefined>(undefined)
  const load = async (): Promise<void> => {
    const answer = await askNode<readonly RequestDocument[]>('/api/requests')
    failure.value = answer.ok ? undefined : answer.failure
    if (answer.ok) waiting.value = answer.value
  }
  useAgain(load)
  // Somebody else may have decided it meanwhile.
  const close = (): void => {
    deciding.value = undefined
    void load()
  }
  return (
    <section class="card stack" aria-label={m('review.title')} data-testid="review">
      <h2>{m('review.title')}</h2>
      <p class="muted">{m('review.text')}</p>
      <FailureNotice failure={failure.value} onAgain={() => void load()} />
      {!waiting.value && !failure.value && <p role="status">{c('loading')}</p>}
      {waiting.value?.length === 0 && <p data-testid="review-none">{m('review.none')}</p>}
      <ul class="member-list">
        {waiting.value?.map((request) => (
          <Item key={request.id} request={request} room={room} onDecide={() => (deciding.value = request)} />
        ))}
      </ul>
      {deciding.value && (
        <DecideRequest
          request={deciding.value}
          onClose={close}
          onDone={(text) => {
            close()
            room.onSay(text)
          }}
        />
      )}
    </section>
  )
}

function Item(props: { request: RequestDocument; room: MembersProps; onDecide: () => void }): JSX.Element {
  const { request, room, onDecide } = props
  const { id, branchId, at, memberId, into, to, why, reason, held } = request
  return (
    <li class="stack" data-testid={`request-${id}`}>
      <strong>{m(`what.${kindOf(request)}`)}</strong>
      {why && <p>{m(`why.${why}`)}</p>}
      {to !== undefined && <p>{m('review.to', { phone: to })}</p>}
      {held && <p>{m('review.held', { name: textOf(held['name']), phone: textOf(held['phone']) })}</p>}
      {reason !== undefined && <p>{m('review.reason', { reason })}</p>}
      <p class="row small">
        <a href={hashOf('members', new URLSearchParams({ id: memberId }))}>{m('review.member', { id: memberId })}</a>
        {into !== undefined && (
          <a href={hashOf('members', new URLSearchParams({ id: into }))}>{m('review.into', { id: into })}</a>
        )}
      </p>
      <div class="row">
        <small class="muted">{m('review.at', { branch: branchName(room, branchId), time: formatTime(at) })}</small>
        {may(room.account, 'operator') && (
          <Button testId="decide" onClick={onDecide}>
            {m('review.decide')}
          </Button>
        )}
      </div>
    </li>
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : '—'
}
