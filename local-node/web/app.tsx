/** The frame of the branch app: name, screens, the sync strip. */
import type { JSX } from 'preact'
import { Button } from '../../adapters/ui/button.tsx'
import { LanguageSwitch } from '../../adapters/ui/language-switch.tsx'
import { Notice } from '../../adapters/ui/notice.tsx'
import type { StaffIdentity } from '../../schemas/protocol/staff.ts'
import { hashOf, type AppState } from './app-state.ts'
import { isOpen } from './member-request.ts'
import { PinDialog } from './pin-dialog.tsx'
import { LoginScreen } from './screens/login-screen.tsx'
import { MeScreen } from './screens/me-screen.tsx'
import { MemberScreen } from './screens/member-screen.tsx'
import { MembersScreen } from './screens/members-screen.tsx'
import { OrderScreen } from './screens/order-screen.tsx'
import { PairScreen } from './screens/pair-screen.tsx'
import { RequestsScreen } from './screens/requests-screen.tsx'
import { StaffScreen } from './screens/staff-screen.tsx'
import { TodayScreen } from './screens/today-screen.tsx'
import { SyncStrip } from './sync-strip.tsx'
import { t } from './words.ts'

const IN_NAVIGATION = ['members', 'order', 'today', 'requests', 'staff'] as const

/** Whoever is not let in sees nothing of the branch; the device goes on sending what it has. */
export function App({ state }: { state: AppState }): JSX.Element {
  const { access, store } = state
  if (access.paired.value === false) return <PairScreen access={access} unsent={countUnsent(state)} />
  const person = access.person.value
  if (!person) return <LoginScreen access={access} branchName={store.session.branchName} />
  return <Frame state={state} person={person} />
}

function Frame({ state, person }: { state: AppState; person: StaffIdentity }): JSX.Element {
  const isManager = person.role === 'manager'
  const { screen, id } = state.place.value
  void state.requests.version.value
  const waiting = [...state.requests.byId.values()].filter(isOpen).length
  return (
    <>
      <header class="header">
        <div class="bar">
          <h1>
            <img src="/icon.svg" alt="" width="32" height="32" />
            <span class="cut" title={state.store.session.branchName}>
              {state.store.session.branchName}
            </span>
          </h1>
          <nav aria-label={t('nav.label')}>
            {IN_NAVIGATION.filter((name) => name !== 'staff' || isManager).map((name) => (
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
          <Person state={state} person={person} />
          <LanguageSwitch />
        </div>
        <SyncStrip state={state} isManager={isManager} />
      </header>
      <main>
        {screen === 'members' && id === undefined && <MembersScreen state={state} />}
        {screen === 'members' && id !== undefined && <MemberScreen key={id} state={state} id={id} />}
        {screen === 'order' && <OrderScreen state={state} />}
        {screen === 'today' && <TodayScreen state={state} />}
        {screen === 'requests' && <RequestsScreen state={state} />}
        {screen === 'staff' && isManager && <StaffScreen state={state} />}
        {screen === 'staff' && !isManager && <Notice tone="neutral">{t('refused.FORBIDDEN')}</Notice>}
        {screen === 'me' && <MeScreen key={person.id} state={state} person={person} />}
      </main>
      <PinDialog access={state.access} />
    </>
  )
}

function Person({ state, person }: { state: AppState; person: StaffIdentity }): JSX.Element {
  return (
    <div class="person">
      <a href={hashOf({ screen: 'me' })} data-testid="person" aria-label={t('person.label', { name: person.name })}>
        <span class="cut" title={person.name}>
          {person.name}
        </span>
      </a>
      <Button testId="lock" onClick={() => state.access.lock()}>
        {t('person.lock')}
      </Button>
    </div>
  )
}

function countUnsent({ link }: AppState): number {
  return Object.values(link.state.value.unsent ?? {}).reduce((sum, ids) => sum + ids.length, 0)
}
