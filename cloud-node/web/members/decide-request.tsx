/** One request that waits: granted, answered by a merge, or refused; what follows is shown first. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Choice } from '../../../adapters/ui/choice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { ReviewAnswer } from '../../../schemas/protocol/identity.ts'
import { AskMember } from './ask-member.tsx'
import { answersTo, followsFrom, kindOf } from './member-text.ts'
import { m } from './member-words.ts'

export function DecideRequest(props: {
  request: RequestDocument
  onDone: (text: string) => void
  onClose: () => void
}): JSX.Element {
  const { request, onDone, onClose } = props
  const answer = useSignal<ReviewAnswer['answer']>('grant')
  const into = useSignal('')
  const reason = useSignal('')
  const what = m(`what.${kindOf(request)}`)
  return (
    <AskMember
      title={m('decide.title', { what })}
      confirm={m(`decide.do.${answer.value}`)}
      path={`/api/requests/${encodeURIComponent(request.id)}/decide`}
      ids={kindOf(request) === 'registration' && answer.value === 'grant' ? [] : undefined}
      decision={decisionOf(answer.value, into.value.trim(), reason.value.trim())}
      into={answer.value === 'merge' ? { typed: into.value.trim(), scope: request.branchId } : undefined}
      onDone={() => onDone(m(`decide.done.${answer.value}`, { what }))}
      onClose={onClose}
    >
      <Choice
        legend={m('decide.answer')}
        name="answer"
        value={answer.value}
        options={answersTo(request).map((value) => ({ value, words: m(`decide.${value}`) }))}
        testId="answer"
        onChange={(value) => (answer.value = value)}
      />
      <p>{m(followsFrom(request, answer.value))}</p>
      {answer.value === 'merge' && (
        <Field
          label={m('merge.into')}
          value={into.value}
          maxLength={128}
          testId="answer-into"
          onInput={(text) => (into.value = text)}
        />
      )}
      {answer.value === 'refuse' && (
        <Field
          label={m('decide.reason')}
          value={reason.value}
          maxLength={500}
          testId="answer-reason"
          onInput={(text) => (reason.value = text)}
        />
      )}
    </AskMember>
  )
}

function decisionOf(answer: ReviewAnswer['answer'], into: string, reason: string): object | undefined {
  if (answer === 'merge') return into === '' ? undefined : { answer }
  if (answer === 'refuse') return { answer, ...(reason !== '' && { reason }) }
  return { answer }
}
