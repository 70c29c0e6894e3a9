/** The way of an order, in four stations: this device, the local node, headquarters, headquarters' books. */
import type { JSX } from 'preact'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { AppState } from '../frame/app-state.ts'
import { isHeard, mirrorState, useWhereabouts } from '../node/whereabouts.ts'
import { wayOf, type StationState } from '../node/whereabouts-state.ts'
import { t } from '../words.ts'

const SIGNS: Readonly<Record<StationState, string>> = {
  done: '✓',
  next: '…',
  later: '',
  off: '–',
  unknown: '?',
  refused: '!',
}

export function OrderWay({ state, id }: { state: AppState; id: string }): JSX.Element {
  const where = useWhereabouts(state, [id])(id)
  const isTold = state.link.state.value.reachable !== false && (where === 'device' || isHeard(state, id))
  return (
    <div class="card stack" data-testid="order-way" data-where={where}>
      <h2>{t('order.way')}</h2>
      <ol class="order-stations">
        {wayOf(where, mirrorState(state), isTold).map(({ station, state: standing }) => (
          <li key={station} class={`way-${standing}`} data-testid={`way-${station}`} data-state={standing}>
            <span class="way-sign" aria-hidden="true">
              {SIGNS[standing]}
            </span>
            <span>
              <strong>{t(`order.way.${station}`)}</strong>
              <small>{standing === 'refused' ? t('where.refused') : t(`order.way.${standing}`)}</small>
            </span>
          </li>
        ))}
      </ol>
      {where === 'refused' && <Notice tone="bad">{t('order.way.refused')}</Notice>}
    </div>
  )
}
