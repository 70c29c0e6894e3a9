/** What can be done with an order now, by whom it may be done, and why it is done. */
import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { MAX_MOVE_REASON_LENGTH, MAX_ORDER_MOVES, type OrderDocument } from '../../../schemas/collections/orders.ts'
import type { AppState } from '../frame/app-state.ts'
import { randomId } from '../../../adapters/ui/random.ts'
import { askManager } from '../staff/manager-question.ts'
import { isFull, offeredMoves, type OfferedMove } from './order-moves.ts'
import { moveOnce } from './order-save.ts'
import { OrderPayment, type Payment } from './order-payment.tsx'
import { spendingProblemInWords } from './order-spending.tsx'
import { readCash } from './payment-method.ts'
import { showReceipt } from './receipt.tsx'
import { spendingProblem } from './spending-check.ts'
import { useBalance } from '../members/use-balance.ts'
import { t } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

export function OrderActions({ state, order }: { state: AppState; order: OrderDocument }): JSX.Element | null {
  const chosen = useSignal<OfferedMove | undefined>(undefined)
  const saved = useSignal(false)
  const moves = offeredMoves(order)
  // What was chosen may be no move any more: another device has made it, or another one.
  const open = moves.find(({ to, round }) => chosen.value?.to === to && chosen.value.round === round)
  const isManager = state.access.person.value?.role === 'manager'
  const isOver = moves.length > 0 && moves.every(({ round }) => round > order.round) && order.status !== 'conflicted'
  return (
    <div class="card stack" data-testid="order-actions">
      <h2>{t('order.do')}</h2>
      {saved.value && (
        <Notice tone="good" testId="order-moved">
          {t('order.do.saved')}
        </Notice>
      )}
      {isFull(order) && <p class="muted small">{t('order.do.full', { count: MAX_ORDER_MOVES })}</p>}
      {isOver && !isManager && <p class="muted small">{t('order.do.final')}</p>}
      {open ? (
        <Confirm
          key={`${open.round}:${open.to}`}
          state={state}
          order={order}
          move={open}
          chosen={chosen}
          saved={saved}
        />
      ) : (
        <div class="row">
          {moves.map((move, at) => (
            <Button
              key={move.to}
              kind={at === 0 && !move.needsManager ? 'primary' : 'plain'}
              testId={`do-${move.to}`}
              onClick={() => {
                saved.value = false
                chosen.value = move
              }}
            >
              {moveInWords(order, move)}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}

/** Nothing is done by one touch that cannot be taken back by another. */
function Confirm(props: {
  state: AppState
  order: OrderDocument
  move: OfferedMove
  chosen: Signal<OfferedMove | undefined>
  saved: Signal<boolean>
}): JSX.Element {
  const { state, order, move, chosen, saved } = props
  const { store, access } = state
  const { currency } = order
  const reason = useSignal('')
  const tried = useSignal(false)
  const saving = useSignal(false)
  const error = useSignal<WriteFailure | undefined>(undefined)
  const payment = useSignal<Payment>({ payment: 'cash' })
  const due = order.total - (order.valueSpent ?? 0)
  const takesPayment = move.to === 'paid' && order.status === 'created' && due > 0
  const cash = readCash(payment.value.cashGiven, due, currency)
  const lacksCash = takesPayment && payment.value.payment === 'cash' && cash.kind !== 'enough'
  const overspent = useOverspent(state, order, move)
  const lacksReason = move.needsReason && reason.value.trim() === ''
  const go = async (event: Event) => {
    event.preventDefault()
    tried.value = true
    if (saving.peek() || lacksReason || lacksCash || overspent) return
    saving.value = true
    error.value = undefined
    try {
      const asker = access.person.value
      const approval = move.needsManager
        ? await askManager(state, `${moveInWords(order, move)} · ${order.number}`)
        : undefined
      if (!asker || (move.needsManager && !approval)) return
      const why = reason.value.trim()
      const after = await moveOnce(store.orders, order.id, move, {
        id: randomId(),
        at: store.clock.now(),
        by: asker.name,
        ...(approval && approval.id !== asker.id && { approvedBy: approval.name }),
        ...(why !== '' && { reason: why }),
        payment: takesPayment ? payment.value.payment : undefined,
      })
      if (!after) {
        error.value = { message: t('order.do.changed') }
        return
      }
      saved.value = true
      chosen.value = undefined
      if (takesPayment) {
        showReceipt(after, payment.value.payment === 'cash' && cash.kind === 'enough' ? cash.given : undefined)
      }
    } catch (failure) {
      error.value = failureInWords(failure)
    } finally {
      saving.value = false
    }
  }
  return (
    <form class="stack" onSubmit={(event) => void go(event)} noValidate>
      <strong>{moveInWords(order, move)}</strong>
      {takesPayment && (
        <OrderPayment
          value={payment.value}
          due={due}
          cash={cash}
          currency={currency}
          onChange={(next) => (payment.value = { ...payment.value, ...next })}
        />
      )}
      {overspent !== undefined && (
        <Notice tone="bad" testId="spend-problem">
          {overspent}
        </Notice>
      )}
      {(move.needsReason || move.needsManager) && (
        <Field
          label={t('order.reason')}
          value={reason.value}
          maxLength={MAX_MOVE_REASON_LENGTH}
          hint={move.needsReason ? t('order.reason.needed') : undefined}
          problem={tried.value && lacksReason ? t('order.reason.needed') : undefined}
          autoFocus
          testId="order-reason"
          onInput={(text) => (reason.value = text)}
        />
      )}
      {move.needsManager && access.person.value?.role !== 'manager' && (
        <p class="muted small">{t('order.do.manager')}</p>
      )}
      <ErrorNotice error={error.value} testId="order-error" />
      <div class="row">
        <Button
          kind="primary"
          type="submit"
          disabled={saving.value || lacksCash || overspent !== undefined}
          testId="do-confirm"
        >
          {t('order.do.confirm')}
        </Button>
        <Button kind="quiet" testId="do-back" onClick={() => (chosen.value = undefined)}>
          {t('order.do.back')}
        </Button>
      </div>
    </form>
  )
}

/** What an order spends it spends when it comes to count; the member may have less by now. */
function useOverspent(state: AppState, order: OrderDocument, { to, round }: OfferedMove): string | undefined {
  const memberId = state.here.value.memberOf(order)
  const member = memberId === undefined ? undefined : state.members.byId.get(memberId)
  const balance = useBalance(state, member)
  const counts = (to === 'paid' && order.status === 'created') || (round > order.round && order.status !== 'closed')
  if (memberId === undefined || !counts || order.status === 'conflicted' || to === 'created') return undefined
  const spent = { points: order.pointsSpent ?? 0, value: order.valueSpent ?? 0 }
  if (!member) {
    if (spent.points === 0 && spent.value === 0) return undefined
    return t(state.ready.value ? 'order.member.gone' : 'order.member.reading')
  }
  const paying = { memberId: member.id, spent, earned: order.pointsEarned ?? 0, total: order.total }
  const problem = spendingProblem(paying, balance, state.store.session)
  return problem && spendingProblemInWords(problem, order.currency)
}

function moveInWords(order: OrderDocument, { to, round }: OfferedMove): string {
  if (order.status === 'conflicted') return t('order.do.counts', { state: t(`status.${to}`) })
  if (round > order.round) return t(to === 'created' ? 'order.do.again.created' : 'order.do.again.paid')
  if (to === 'created') return t('order.do.again.created')
  return t(`order.do.${to}`, { total: formatMoney(order.total - (order.valueSpent ?? 0), order.currency) })
}
