/** An order that was ended in two ways at once: a person says which state holds, and its next round begins with that. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatTime } from '../../../adapters/ui/format.ts'
import { Select } from '../../../adapters/ui/select.tsx'
import type { Doc } from '../../../schemas/json.ts'
import type { OrderState } from '../../../schemas/order-status.ts'
import type { ExceptionDetail } from '../../../schemas/protocol/exceptions.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { ORDER_STATES, statesReached } from './compare-states.ts'
import { documentInWords } from './exception-text.ts'
import { x } from './exception-words.ts'
import type { Said } from './said-notice.tsx'

export function NextRound(props: {
  detail: ExceptionDetail
  order: Doc
  onDone: (said: Said) => void
  onClose: () => void
}): JSX.Element {
  const { detail, order, onDone, onClose } = props
  // It decides about money: nothing is chosen until a person has.
  const state = useSignal<OrderState | ''>('')
  const document = documentInWords(detail)
  const round = Number(order['round']) + 1
  return (
    <AskFirst<Doc>
      title={x('round.title', { document })}
      confirm={x('round')}
      ready={state.value !== ''}
      doIt={() =>
        tellNode(`/api/documents/${detail.collection}`, { id: detail.documentId, status: state.value, round })
      }
      onDone={() =>
        onDone({
          tone: 'good',
          text: x('round.done', { document, round, state: state.value && x(`order.${state.value}`) }),
        })
      }
      onClose={onClose}
    >
      <ul>
        {statesReached(detail.reason).map(({ state: reached, at }) => (
          <li key={reached}>
            {formatTime(at)} {x(`order.${reached}`)}
          </li>
        ))}
      </ul>
      <Select
        label={x('round.state')}
        value={state.value}
        options={[['', x('round.choose')], ...ORDER_STATES.map((one) => [one, x(`order.${one}`)] as const)]}
        testId="round-state"
        onChange={(value) => (state.value = ORDER_STATES.find((one) => one === value) ?? '')}
      />
      <p class="muted">{x('round.text', { round })}</p>
    </AskFirst>
  )
}
