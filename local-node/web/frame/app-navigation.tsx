/** The ways between the screens: a rail on wide pages; on narrow ones a bar of the four that are used most, and the rest behind "more". */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import { LanguageSwitch } from '../../../adapters/ui/language-switch.tsx'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'
import { Icon } from './app-icons.tsx'
import { hashOf, type AppState, type Screen } from './app-state.ts'
import { isOpen } from '../members/member-request.ts'
import { t } from '../words.ts'

/** In their order; the number of each is its key. */
const SCREENS_SHOWN = ['members', 'order', 'orders', 'today', 'requests', 'sync', 'staff', 'settings'] as const
export type ScreenShown = (typeof SCREENS_SHOWN)[number]
/** Screens that are reached from another one. */
const PART_OF: Readonly<Partial<Record<Screen, ScreenShown>>> = { health: 'sync' }
/** The bar of a narrow page holds those before it. */
const IN_BAR = 4

export function screensFor({ role }: StaffIdentity): readonly ScreenShown[] {
  return SCREENS_SHOWN.filter((name) => name !== 'staff' || role === 'manager')
}

export function Navigation({ state, person }: { state: AppState; person: StaffIdentity }): JSX.Element {
  const showsMore = useSignal(false)
  const { screen } = state.place.value
  const shown = screensFor(person)
  const isBehindMore = !shown.slice(0, IN_BAR).some((name) => name === screen)
  return (
    <nav class="navigation" aria-label={t('nav.label')}>
      {shown.map((name, at) => (
        <Way
          key={name}
          state={state}
          to={name}
          current={screen}
          testId={`nav-${name}`}
          class={at < IN_BAR ? 'nav-way' : 'nav-way nav-way-behind'}
        />
      ))}
      <button
        type="button"
        class={isBehindMore ? 'nav-way nav-more nav-current' : 'nav-way nav-more'}
        aria-haspopup="dialog"
        data-testid="nav-more"
        onClick={() => (showsMore.value = true)}
      >
        <Icon name="more" />
        <span>{t('nav.more')}</span>
        <Count name="requests" state={state} />
      </button>
      {showsMore.value && (
        <More state={state} screens={shown.slice(IN_BAR)} onClose={() => (showsMore.value = false)} />
      )}
    </nav>
  )
}

function More(props: { state: AppState; screens: readonly ScreenShown[]; onClose: () => void }): JSX.Element {
  const { state, onClose } = props
  return (
    <Dialog label={t('nav.more')} class="sheet" testId="more" onClose={onClose}>
      <div class="sheet-ways">
        {[...props.screens, 'me' as const].map((name) => (
          <Way
            key={name}
            state={state}
            to={name}
            current={state.place.value.screen}
            testId={`more-${name}`}
            class="nav-way"
            onGo={onClose}
          />
        ))}
      </div>
      <div class="row between">
        <LanguageSwitch testId="more-lang" />
        <Button onClick={onClose}>{t('help.close')}</Button>
      </div>
    </Dialog>
  )
}

interface WayProps {
  readonly state: AppState
  readonly to: ScreenShown | 'me'
  readonly current: Screen
  readonly class: string
  readonly testId: string
  readonly onGo?: () => void
}

function Way(props: WayProps): JSX.Element {
  const { state, to } = props
  return (
    <a
      href={hashOf({ screen: to })}
      class={props.class}
      data-testid={props.testId}
      aria-current={(PART_OF[props.current] ?? props.current) === to ? 'page' : undefined}
      onClick={props.onGo}
    >
      <Icon name={to} />
      <span>{t(`nav.${to}`)}</span>
      <Count name={to} state={state} />
    </a>
  )
}

function Count({ name, state }: { name: string; state: AppState }): JSX.Element | null {
  const count = name === 'requests' ? waitingRequests(state) : name === 'order' ? state.draft.value.lines.length : 0
  if (count === 0) return null
  const label = t(name === 'order' ? 'nav.lines' : 'nav.waiting', { count })
  return (
    <span class="count">
      <span aria-hidden="true">{count}</span>
      <span class="visually-hidden">{label}</span>
    </span>
  )
}

function waitingRequests(state: AppState): number {
  void state.requests.version.value
  return [...state.requests.byId.values()].filter(isOpen).length
}
