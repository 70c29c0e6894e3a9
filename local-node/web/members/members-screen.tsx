/** Find a member by phone or name as it is typed, or register who is new; a known phone is offered, never registered twice. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { AppState } from '../frame/app-state.ts'
import { MemberList, moveByKey } from './member-list.tsx'
import { openedMembers } from './member-recent.ts'
import { RegisterForm, type RegisterProps } from './member-register.tsx'
import { wantedBy } from './member-request.ts'
import { searchMembers, type MemberSearch } from './member-search.ts'
import { t } from '../words.ts'

export function MembersScreen({ state }: { state: AppState }): JSX.Element {
  const { members, phoneText, store } = state
  const registered = useSignal<string | undefined>(undefined)
  const place = useRef<HTMLElement>(null)
  const [text, version, here] = [phoneText.value, members.version.value, state.here.value]
  const search = useMemo(
    () => searchMembers(text, store.session.country, here, members.byId),
    // What is drawn anew for any other reason finds the same.
    [text, version, here],
  )
  useLayoutEffect(() => {
    // On a tablet the keyboard would cover half of the screen.
    if (matchMedia('(pointer: fine)').matches) place.current?.querySelector('input')?.focus()
  }, [])
  const type = (typed: string) => {
    registered.value = undefined
    phoneText.value = typed
  }
  return (
    <section
      ref={place}
      class="members stack"
      aria-labelledby="members-title"
      onKeyDown={(event) => place.current && moveByKey(event, place.current, () => type(''))}
    >
      <div class="card stack">
        <h2 id="members-title">{t('members.title')}</h2>
        <SearchField text={text} search={search} onType={type} />
        <p class="muted small" aria-live="polite" data-testid="search-outcome">
          {outcomeInWords(state, search)}
        </p>
      </div>
      {search.kind === 'empty' && <Opened state={state} />}
      {search.kind === 'partial' && <MemberList state={state} label={t('members.matches')} members={search.matches} />}
      {search.kind === 'known' && <Known state={state} search={search} isNew={registered.value === search.phone} />}
      {search.kind === 'free' && state.ready.value && (
        <FreePhone
          key={search.phone}
          state={state}
          phone={search.phone}
          name={search.name}
          onDone={() => (registered.value = search.phone)}
        />
      )}
    </section>
  )
}

/** On a tablet the digits come up first; who has a name to type asks for the letters. */
function SearchField(props: { text: string; search: MemberSearch; onType: (text: string) => void }): JSX.Element {
  const letters = useSignal(false)
  const row = useRef<HTMLDivElement>(null)
  const wasLetters = useRef(false)
  useLayoutEffect(() => {
    if (letters.value !== wasLetters.current) row.current?.querySelector('input')?.focus()
    wasLetters.current = letters.value
  }, [letters.value])
  const hasDigits = props.search.kind === 'partial' && /\d/.test(props.text)
  return (
    <div ref={row} class="member-search-row">
      <Field
        label={t('members.phone')}
        inputMode={letters.value ? 'text' : 'tel'}
        value={props.text}
        hint={hasDigits ? t('members.phone.more') : t('members.phone.hint')}
        maxLength={200}
        testId="phone-input"
        onInput={props.onType}
      />
      <button
        type="button"
        class="button keyboard-choice"
        aria-pressed={letters.value}
        aria-label={t('members.letters')}
        onClick={() => {
          // The keyboard changes when the field is entered anew.
          row.current?.querySelector('input')?.blur()
          letters.value = !letters.value
        }}
      >
        {letters.value ? '123' : t('members.letters.short')}
      </button>
    </div>
  )
}

function outcomeInWords(state: AppState, search: MemberSearch): string {
  const { members } = state
  if (search.kind === 'empty') return t('members.count', { count: formatNumber(members.byId.size) })
  if (search.kind !== 'partial') return ''
  if (search.hasMore) return t('members.more.match', { count: search.matches.length })
  if (search.matches.length > 0) return t('members.found', { count: search.matches.length })
  return members.loaded.value ? t('members.none') : ''
}

/** While nothing is typed. */
function Opened({ state }: { state: AppState }): JSX.Element | null {
  const here = state.here.value
  const ids = new Set(openedMembers().flatMap((id) => here.today(id)?.id ?? []))
  const opened = [...ids].flatMap((id) => state.members.byId.get(id) ?? [])
  if (opened.length === 0) return null
  return (
    <>
      <h3 class="member-list-title">{t('members.opened')}</h3>
      <MemberList state={state} label={t('members.opened')} members={opened} />
    </>
  )
}

function Known(props: {
  state: AppState
  search: Extract<MemberSearch, { kind: 'known' }>
  isNew: boolean
}): JSX.Element {
  const { state, search, isNew } = props
  return (
    <>
      {isNew && <Notice tone="good">{t('members.registered')}</Notice>}
      {search.matches.length === 0 && state.ready.value && (
        <Notice tone="busy" testId="member-away">
          {t('members.known.away')}
        </Notice>
      )}
      <MemberList state={state} label={t('members.matches')} members={search.matches} known={!isNew} fresh={isNew} />
    </>
  )
}

/** A phone that nobody holds: somebody new has it, unless a member that is known here has asked for it. */
function FreePhone(props: RegisterProps): JSX.Element {
  const { state, phone } = props
  const anyway = useSignal(false)
  void state.requests.version.value
  const wanting = wantedBy(state.here.value, phone, state.requests.byId.values())
  if (wanting.length === 0 || anyway.value) return <RegisterForm {...props} />
  return (
    <>
      <Notice tone="busy" testId="phone-wanted">
        {t('members.wanted')}
      </Notice>
      <MemberList state={state} label={t('members.matches')} members={wanting} />
      <div class="row">
        <Button kind="quiet" onClick={() => (anyway.value = true)}>
          {t('members.wanted.other')}
        </Button>
      </div>
    </>
  )
}
