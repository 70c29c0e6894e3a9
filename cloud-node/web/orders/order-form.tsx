/** An order for a branch: which branch, what, how many; it is placed after a last look. */
import { useSignal, type Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatAge, formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { nodeNow, type LiveStatus } from '../../../adapters/ui/live-status.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { randomBase36, randomId } from '../../../adapters/ui/random.ts'
import { Select } from '../../../adapters/ui/select.tsx'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { FRESH_MS } from '../../../schemas/fresh-verdict.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { BranchRow, CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { askNode, tellNode, type Answer } from '../frame/ask-node.ts'
import { go } from '../frame/place.ts'
import { ProductSearch } from '../frame/product-search.ts'
import { isAsPlaced, lineTotal, orderForBranch, orderTotal, type OrderDraft } from './order-for-branch.ts'
import { OrderLines } from './order-lines.tsx'
import { OrderPicks } from './order-picks.tsx'
import { o } from './order-words.ts'

export interface OrderFormProps {
  readonly draft: Signal<OrderDraft>
  readonly branches: readonly BranchRow[]
  readonly account: SessionAccount
  readonly heard: NonNullable<LiveStatus<CloudNodeStatus>['heard']['value']>
  readonly onPlaced: (said: string) => void
}

export function OrderForm({ draft, branches, account, heard, onPlaced }: OrderFormProps): JSX.Element {
  const search = useMemo(() => new ProductSearch(), [])
  const asking = useSignal(false)
  /** Of a try whose answer was lost, before something was changed. */
  const earlier = useSignal<OrderDocument | undefined>(undefined)
  // Of one order: however often it is tried, it is the same.
  const facts = useMemo(() => ({ tail: randomBase36(4), moveId: randomId() }), [draft.value.id])
  const { currency } = search.found.value
  const open = branches.filter(({ enabled, retired }) => enabled && !retired)
  useEffect(() => {
    if (!open.some(({ id }) => id === draft.value.branchId)) draft.value = { ...draft.value, branchId: '' }
  }, [open.map(({ id }) => id).join(' ')])
  const { branchId, lines, note } = draft.value
  const branch = open.find(({ id }) => id === branchId)
  const now = nodeNow(heard)
  const nameOf = (one: string): string => branches.find(({ id }) => id === one)?.name ?? one
  const place = () => {
    earlier.value = undefined
    const at = new Date(now).toISOString()
    return placeOnce(orderForBranch(draft.value, { ...facts, currency: currency!, at, by: account.name }))
  }
  const placed = ({ order, isEarlier }: Placed): void => {
    if (!isEarlier) return onPlaced(o('placed', { number: order.number, branch: nameOf(order.branchId) }))
    // What is here now is another order.
    draft.value = { ...draft.value, id: randomId() }
    earlier.value = order
    asking.value = false
  }
  return (
    <>
      <div class="row">
        <Button kind="quiet" testId="order-back" onClick={() => go('orders')}>
          ← {o('back')}
        </Button>
      </div>
      {open.length === 0 && <Notice tone="busy">{o('branch.none')}</Notice>}
      <div class="order-form">
        <OrderPicks search={search} onPick={(next) => (draft.value = next(draft.value))} />
        <section class="card stack">
          <h2>{o('lines.title')}</h2>
          <Select
            label={o('branch')}
            value={branchId}
            options={[['', o('branch.choose')], ...open.map(({ id, name }) => [id, `${name} (${id})`] as const)]}
            testId="order-branch"
            onChange={(id) => (draft.value = { ...draft.value, branchId: id })}
          />
          {lines.length === 0 && <p class="muted">{o('lines.empty')}</p>}
          {currency !== undefined && <OrderLines draft={draft} />}
          <Field
            label={o('note')}
            value={note}
            maxLength={500}
            testId="order-note"
            onInput={(text) => (draft.value = { ...draft.value, note: text })}
          />
          <div class="order-total" aria-live="polite">
            <span>{o('total')}</span>
            <strong class="numeric" data-testid="order-total">
              {currency === undefined ? '…' : formatMoney(orderTotal(draft.value), currency)}
            </strong>
          </div>
          {earlier.value && (
            <Notice tone="bad" testId="order-earlier">
              {o('place.earlier', {
                number: earlier.value.number,
                branch: nameOf(earlier.value.branchId),
                total: formatMoney(earlier.value.total, earlier.value.currency),
              })}
            </Notice>
          )}
          <Button
            kind="primary"
            disabled={!branch || lines.length === 0 || currency === undefined}
            testId="order-place"
            onClick={() => (asking.value = true)}
          >
            {o('place')}
          </Button>
        </section>
      </div>
      {asking.value && branch && currency !== undefined && (
        <AskFirst
          title={o('place.title', { branch: branch.name })}
          confirm={o('place')}
          doIt={place}
          onDone={placed}
          onClose={() => (asking.value = false)}
        >
          <ul class="order-summary">
            {lines.map((line) => (
              <li key={line.product.id}>
                <span>
                  {formatNumber(line.quantity)} × {line.product.name}
                </span>
                <span class="numeric">{formatMoney(lineTotal(line), line.product.currency)}</span>
              </li>
            ))}
            <li>
              <strong>{o('total')}</strong>
              <strong class="numeric">{formatMoney(orderTotal(draft.value), currency)}</strong>
            </li>
          </ul>
          <p>{o('place.text')}</p>
          <Late branch={branch} now={now} />
        </AskFirst>
      )}
    </>
  )
}

interface Placed {
  readonly order: OrderDocument
  /** It is what was placed before something was changed; what was changed is not placed. */
  readonly isEarlier: boolean
}

/** An order that is there already was placed by a try whose answer was lost; the branch may have gone on with it. */
async function placeOnce(order: OrderDocument): Promise<Answer<Placed>> {
  const there = await askNode<OrderDocument>(`/api/documents/orders/${order.id}`)
  if (there.ok) return { ok: true, value: { order: there.value, isEarlier: !isAsPlaced(there.value, order) } }
  if (there.failure === 'unreachable' || there.failure.code !== 'DOCUMENT_UNKNOWN') return there
  const answer = await tellNode<OrderDocument>('/api/documents/orders', order)
  return answer.ok ? { ok: true, value: { order: answer.value, isEarlier: false } } : answer
}

function Late({ branch, now }: { branch: BranchRow; now: number }): JSX.Element | null {
  const { lastHeartbeatAt } = branch
  if (lastHeartbeatAt === undefined) return <p class="bad">{o('place.never')}</p>
  if (now - Date.parse(lastHeartbeatAt) <= FRESH_MS) return null
  return <p class="bad">{o('place.late', { age: formatAge(lastHeartbeatAt, now) })}</p>
}
