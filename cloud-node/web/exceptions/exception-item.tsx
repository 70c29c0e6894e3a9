/** One exception in a list: what happened, why, what to do. */
import type { ComponentChildren, JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { ExceptionView } from '../../../schemas/protocol/exceptions.ts'
import { place } from '../frame/place.ts'
import { exceptionChoice, exceptionHref } from './exception-choice.ts'
import { documentInWords, remedyInWords, whatInWords, whyInWords } from './exception-text.ts'
import { x } from './exception-words.ts'

export function ExceptionItem(props: {
  view: ExceptionView
  branchName: string
  /** What can be done at once. */
  children?: ComponentChildren
}): JSX.Element {
  const { view, branchName } = props
  const { waiting, code, field, tries, lastAt } = view
  const document = documentInWords(view)
  return (
    <li class="stack" data-testid={`exception-${view.collection}-${view.documentId}`}>
      <div class="row exception-head">
        <strong>{document}</strong>
        <Badge tone={waiting ? 'busy' : 'bad'}>{x(waiting ? 'state.trying' : 'state.waits')}</Badge>
      </div>
      <p>
        {whatInWords(view, branchName)} {whyInWords(view)}
      </p>
      <p>{x('do', { text: remedyInWords(view) })}</p>
      <div class="row exception-head">
        <small class="muted">
          <code>{code}</code> {field !== undefined && <code>{field}</code>} ·{' '}
          {x(tries === 1 ? 'last1' : 'last', { time: formatTime(lastAt), tries })}
        </small>
        <a
          class="button button-plain"
          href={exceptionHref(exceptionChoice(place.value.chosen), view.id)}
          aria-label={x('look.label', { document })}
          data-testid="exception-look"
        >
          {x('look')}
        </a>
      </div>
      {props.children}
    </li>
  )
}
