/** What happened to an order: what it has been, who moved it there, who agreed, and why. */
import type { JSX } from 'preact'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { OrderDocument, OrderMove } from '../../../schemas/collections/orders.ts'
import { orderSteps } from './order-step.ts'
import { t } from '../words.ts'

export function OrderHistory({ order }: { order: OrderDocument }): JSX.Element {
  return (
    <div class="card stack" data-testid="order-history">
      <h2>{t('order.history')}</h2>
      <ol class="order-steps">
        {orderSteps(order).map(({ round, state, at, moves }, i, steps) => (
          <li key={`${round}:${state}`} data-testid="order-step">
            <span>
              {t(`order.history.${state}`)}
              {round > 1 && round !== steps[i - 1]?.round && (
                <span class="muted"> · {t('order.history.reopened', { round: round - 1 })}</span>
              )}
            </span>
            <span class="muted small">{at === undefined ? '—' : formatTime(at)}</span>
            {moves.map((move) => (
              <Move key={move.id} move={move} isAlone={moves.length === 1} />
            ))}
          </li>
        ))}
      </ol>
    </div>
  )
}

/** @param isAlone one move has the time of its step */
function Move({ move, isAlone }: { move: OrderMove; isAlone: boolean }): JSX.Element {
  const { at, by, approvedBy, reason } = move
  const who = [
    by,
    ...(approvedBy === undefined ? [] : [t('order.history.approved', { name: approvedBy })]),
    ...(isAlone ? [] : [formatTime(at)]),
  ]
  return (
    <p data-testid="order-move">
      <span class="muted small">{who.join(' · ')}</span>
      {reason !== undefined && <span>{reason}</span>}
    </p>
  )
}
