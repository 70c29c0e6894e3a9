/** The frame of the branch app: name, screens, the sync strip. */
import type { JSX } from 'preact'
import { LanguageSwitch } from '../../adapters/ui/language-switch.tsx'
import { SCREENS, type AppState } from './app-state.ts'
import { MembersScreen } from './screens/members-screen.tsx'
import { OrderScreen } from './screens/order-screen.tsx'
import { TodayScreen } from './screens/today-screen.tsx'
import { SyncStrip } from './sync-strip.tsx'
import { t } from './words.ts'

export function App({ state }: { state: AppState }): JSX.Element {
  const screen = state.screen.value
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
              </a>
            ))}
          </nav>
          <LanguageSwitch />
        </div>
        <SyncStrip state={state} />
      </header>
      <main>
        {screen === 'members' && <MembersScreen state={state} />}
        {screen === 'order' && <OrderScreen state={state} />}
        {screen === 'today' && <TodayScreen state={state} />}
      </main>
    </>
  )
}
