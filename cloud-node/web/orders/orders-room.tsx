/** Orders at headquarters: the newest ones, and one that is placed for a branch. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { randomId } from '../../../adapters/ui/random.ts'
import '../frame/console.css'
import { LookOnly, may } from '../frame/may.tsx'
import { go, place } from '../frame/place.ts'
import type { RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'
import { newOrderDraft } from './order-for-branch.ts'
import { OrderForm } from './order-form.tsx'
import { OrderList } from './order-list.tsx'
import { o } from './order-words.ts'
import './orders.css'

export function OrdersRoom({ live, account }: RoomProps): JSX.Element {
  const said = useSignal<string | undefined>(undefined)
  // Here, so that a look at the list does not lose what was chosen.
  const draft = useSignal(newOrderDraft(randomId()))
  const heard = live.heard.value
  if (!heard) return <p role="status">{live.stream.value === 'broken' ? t('stream.never') : t('loading')}</p>
  const isNew = place.value.chosen.has('new') && may(account, 'operator')
  const { branches } = heard.status
  return (
    <>
      {live.stream.value === 'broken' && <Notice tone="bad">{t('unreachable')}</Notice>}
      {said.value !== undefined && !isNew && (
        <Notice tone="good" testId="said">
          {said.value}
        </Notice>
      )}
      {isNew ? (
        <OrderForm
          draft={draft}
          branches={branches}
          account={account}
          heard={heard}
          onPlaced={(text) => {
            said.value = text
            draft.value = newOrderDraft(randomId(), draft.value.branchId)
            go('orders')
          }}
        />
      ) : (
        <>
          <LookOnly account={account} needed="operator" />
          {may(account, 'operator') && (
            <div class="row">
              <Button
                kind="primary"
                testId="order-new"
                onClick={() => {
                  said.value = undefined
                  go('orders', new URLSearchParams({ new: '1' }))
                }}
              >
                {o('new')}
              </Button>
            </div>
          )}
          <OrderList branches={branches} />
        </>
      )}
    </>
  )
}
