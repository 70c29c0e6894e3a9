/** The frame of the branch app: the ways between the screens, how the data stands, who works here. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../../adapters/ui/button.tsx'
import { LanguageSwitch } from '../../adapters/ui/language-switch.tsx'
import { lazyPart } from '../../adapters/ui/lazy-part.tsx'
import { Notice } from '../../adapters/ui/notice.tsx'
import type { StaffIdentity } from '../../schemas/protocol/staff.ts'
import { Banners } from './frame/app-banners.tsx'
import { KeyHelp } from './frame/app-key-help.tsx'
import { Navigation, screensFor } from './frame/app-navigation.tsx'
import { shortcutOf } from './frame/app-shortcut.ts'
import { isTypedInto, shortcutsOn } from './frame/app-shortcuts.ts'
import { goTo, hashOf, type AppState } from './frame/app-state.ts'
import { ManagerDialog } from './staff/manager-approval.tsx'
import { PinDialog } from './staff/pin-dialog.tsx'
import { ReceiptDialog } from './orders/receipt.tsx'
import { LoginScreen } from './staff/login-screen.tsx'
import { MeScreen } from './staff/me-screen.tsx'
import { MemberScreen } from './members/member-screen.tsx'
import { MembersScreen } from './members/members-screen.tsx'
import { OrderPage } from './orders/order-page.tsx'
import { OrderScreen } from './orders/order-screen.tsx'
import { OrdersScreen } from './orders/orders-screen.tsx'
import { PairScreen } from './settings/pair-screen.tsx'
import { RequestsScreen } from './requests/requests-screen.tsx'
import { SettingsScreen } from './settings/settings-screen.tsx'
import { StaffScreen } from './staff/staff-screen.tsx'
import { SyncScreen } from './sync/sync-screen.tsx'
import { TodayScreen } from './today/today-screen.tsx'
import { SyncStrip } from './sync/sync-strip.tsx'
import { t } from './words.ts'

/** Looked at now and then by one person: nobody else's device has to hold it in memory. */
const HealthScreen = lazyPart<{ state: AppState }>(
  async () => (await import('./health/health-screen.tsx')).HealthScreen,
  { loading: () => t('sync.health.loading'), failed: () => t('sync.health.failed') },
)

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
  const showsKeys = useSignal(false)
  const main = useRef<HTMLElement>(null)
  useTitle(`${t(`nav.${screen}`)} · ${state.store.session.branchName}`)
  useFocusOnArrival(main, hashOf(state.place.value))
  useShortcuts(person, () => (showsKeys.value = true))
  return (
    <div class="frame">
      <button type="button" class="button skip" onClick={() => main.current?.focus()}>
        {t('nav.skip')}
      </button>
      <header class="header">
        <h1>
          <img src="/icon.svg" alt="" width="32" height="32" />
          <span class="cut" title={state.store.session.branchName}>
            {state.store.session.branchName}
          </span>
        </h1>
        <SyncStrip state={state} />
        <Person state={state} person={person} />
        <LanguageSwitch />
      </header>
      <Navigation state={state} person={person} />
      <main ref={main} tabIndex={-1}>
        <Banners state={state} />
        {screen === 'members' && id === undefined && <MembersScreen state={state} />}
        {screen === 'members' && id !== undefined && <MemberScreen key={id} state={state} id={id} />}
        {screen === 'order' && <OrderScreen state={state} />}
        {screen === 'orders' && id === undefined && <OrdersScreen state={state} />}
        {screen === 'orders' && id !== undefined && <OrderPage key={id} state={state} id={id} />}
        {screen === 'today' && <TodayScreen state={state} />}
        {screen === 'requests' && <RequestsScreen state={state} />}
        {screen === 'sync' && <SyncScreen state={state} isManager={isManager} />}
        {screen === 'health' && isManager && <HealthScreen state={state} />}
        {screen === 'staff' && isManager && <StaffScreen state={state} />}
        {(screen === 'staff' || screen === 'health') && !isManager && (
          <Notice tone="neutral">{t('refused.FORBIDDEN')}</Notice>
        )}
        {screen === 'settings' && <SettingsScreen state={state} isManager={isManager} />}
        {screen === 'me' && <MeScreen key={person.id} state={state} person={person} />}
      </main>
      {showsKeys.value && <KeyHelp screens={screensFor(person)} onClose={() => (showsKeys.value = false)} />}
      <PinDialog access={state.access} />
      <ManagerDialog state={state} />
      <ReceiptDialog state={state} />
    </div>
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

/** Never with a person's name: titles are shown to whoever passes by, and kept in histories. */
function useTitle(title: string): void {
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => () => void (document.title = 'Outpost'), [])
}

/** Whoever goes to a screen by keyboard or hears it read begins at its heading, unless it has a place to type at once. */
function useFocusOnArrival(main: { readonly current: HTMLElement | null }, place: string): void {
  const arrivedAt = useRef(place)
  useEffect(() => {
    if (arrivedAt.current === place || !main.current) return
    arrivedAt.current = place
    scrollTo(0, 0)
    const focused = document.activeElement
    if (focused !== main.current && main.current.contains(focused)) return
    const heading = main.current.querySelector<HTMLElement>('h2') ?? main.current
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }, [place])
}

function useShortcuts(person: StaffIdentity, onHelp: () => void): void {
  useEffect(() => {
    const screens = screensFor(person)
    const hear = (event: KeyboardEvent) => {
      if (!shortcutsOn.value || event.repeat || document.querySelector('dialog[open]')) return
      const { key, code, altKey, ctrlKey, metaKey, target } = event
      const shortcut = shortcutOf({ key, code, altKey, ctrlKey, metaKey, isTyped: isTypedInto(target) })
      if (!shortcut) return
      if (shortcut.kind === 'help') onHelp()
      else if (screens[shortcut.at]) goTo(screens[shortcut.at]!)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', hear)
    return () => removeEventListener('keydown', hear)
  }, [person.role])
}

function countUnsent({ link }: AppState): number {
  return Object.values(link.state.value.unsent ?? {}).reduce((sum, ids) => sum + ids.length, 0)
}
