/** Everything that this branch has asked headquarters, and what was registered here and is nobody's yet. */
import type { JSX } from 'preact'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { AppState } from '../frame/app-state.ts'
import { isOpen, newestFirst } from '../members/member-request.ts'
import { RequestItem } from './request-item.tsx'
import { t } from '../words.ts'

const MOST_DECIDED = 50

export function RequestsScreen({ state }: { state: AppState }): JSX.Element {
  void state.requests.version.value
  const all = newestFirst(state.requests.byId.values())
  const open = all.filter(isOpen)
  const decided = all.filter((request) => !isOpen(request)).slice(0, MOST_DECIDED)
  return (
    <section class="members stack" aria-labelledby="requests-title">
      <h2 id="requests-title">{t('requests.title')}</h2>
      <p class="muted">{t('requests.text')}</p>
      {state.requests.loaded.value && all.length === 0 && <p class="card muted">{t('requests.none')}</p>}
      <Requests state={state} title={t('requests.open')} requests={open} />
      <Requests state={state} title={t('requests.decided')} requests={decided} />
    </section>
  )
}

function Requests(props: { state: AppState; title: string; requests: readonly RequestDocument[] }): JSX.Element | null {
  if (props.requests.length === 0) return null
  return (
    <div class="card stack">
      <h3>{props.title}</h3>
      <ul class="requests">
        {props.requests.map((request) => (
          <li key={request.id}>
            <RequestItem state={props.state} request={request} linked />
          </li>
        ))}
      </ul>
    </div>
  )
}
