/** The frame of the branch app: name, screens, the sync strip. */
import type { JSX } from 'preact'
import { LanguageSwitch } from '../../adapters/ui/language-switch.tsx'
import { SCREENS, type AppState } from './app-state.ts'
import { isOpen } from './member-request.ts'
import { MemberScreen } from './screens/member-screen.tsx'
import { MembersScreen } from './screens/members-screen.tsx'
import { OrderScreen } from './screens/order-screen.tsx'
import { RequestsScreen } from './screens/requests-screen.tsx'
import { TodayScreen } from './screens/today-screen.tsx'
import { SyncStrip } from './sync-strip.tsx'
import { t } from './words.ts'

export function App({ state }: { state: AppState }): JSX.Element {
  const { screen, memberId } = state.place.value
  void state.requests.version.value
  const waiting = [...state.requests.byId.values()].filter(isOpen).length
  return (
    <>
      <header class="header">
        <div class="bar">
          <h1>
            <img src="/icon.svg" alt="" width="32" height="32" />
            {state.store.session.branchName}
          </h1>
          <nav aria-label={t('nav.label')}>
            {SCREENS.map((name) => (
              <a
                key={name}
                href={`#/${name}`}
                data-testid={`nav-${name}`}
                aria-current={screen === name ? 'page' : undefined}
              >
                {t(`nav.${name}`)}
                {name === 'order' && state.draft.value.lines.length > 0 && (
                  <span class="count">{state.draft.value.lines.length}</span>
                )}
                {name === 'requests' && waiting > 0 && <span class="count">{waiting}</span>}
              </a>
            ))}
          </nav>
          <LanguageSwitch />
        </div>
        <SyncStrip state={state} />
      </header>
      <main>
        {screen === 'members' && memberId === undefined && <MembersScreen state={state} />}
        {screen === 'members' && memberId !== undefined && <MemberScreen key={memberId} state={state} id={memberId} />}
        {screen === 'order' && <OrderScreen state={state} />}
        {screen === 'today' && <TodayScreen state={state} />}
        {screen === 'requests' && <RequestsScreen state={state} />}
      </main>
    </>
  )
}
