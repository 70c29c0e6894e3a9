/** Find a member by phone as it is typed, or register who is new; a known phone is offered, never registered twice. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { MemberCard } from '../member-card.ts'
import { goTo, hashOf, type AppState } from '../app-state.ts'
import { MemberFacts } from '../member-facts.tsx'
import { wantedBy } from '../member-request.ts'
import { searchMembers } from '../member-search.ts'
import { randomId } from '../random.ts'
import { registerHere } from '../register-here.ts'
import { t } from '../words.ts'

export function MembersScreen({ state }: { state: AppState }): JSX.Element {
  const { members, phoneText, store } = state
  const registered = useSignal<string | undefined>(undefined)
  void members.version.value
  const search = searchMembers(phoneText.value, store.session.country, state.here.value, members.byId)
  const hint =
    search.kind === 'partial' && /\d/.test(phoneText.value) ? t('members.phone.more') : t('members.phone.hint')
  return (
    <section class="members stack" aria-labelledby="members-title">
      <div class="card stack">
        <h2 id="members-title">{t('members.title')}</h2>
        <Field
          label={t('members.phone')}
          type="tel"
          inputMode="tel"
          value={phoneText.value}
          hint={hint}
          autoFocus
          testId="phone-input"
          onInput={(text) => {
            registered.value = undefined
            phoneText.value = text
          }}
        />
        <p class="muted small" aria-live="polite">
          {search.kind === 'empty' && t('members.count', { count: formatNumber(members.byId.size) })}
          {search.kind === 'partial' && search.matches.length === 0 && members.loaded.value && t('members.none')}
        </p>
      </div>
      {search.kind === 'known' && registered.value === search.phone && (
        <Notice tone="good">{t('members.registered')}</Notice>
      )}
      {search.kind === 'known' && search.matches.length === 0 && state.ready.value && (
        <Notice tone="busy" testId="member-away">
          {t('members.known.away')}
        </Notice>
      )}
      {(search.kind === 'known' || search.kind === 'partial') && (
        <MemberList state={state} members={search.matches} known={search.kind === 'known' && !registered.value} />
      )}
      {search.kind === 'free' && state.ready.value && (
        <FreePhone
          key={search.phone}
          state={state}
          phone={search.phone}
          onDone={() => (registered.value = search.phone)}
        />
      )}
    </section>
  )
}

function MemberList(props: { state: AppState; members: readonly MemberCard[]; known: boolean }): JSX.Element {
  return (
    <ul class="stack" aria-label={t('members.matches')}>
      {props.members.map((member) => (
        <li key={member.id}>
          <FoundMember state={props.state} member={member} known={props.known} />
        </li>
      ))}
    </ul>
  )
}

function FoundMember(props: { state: AppState; member: MemberCard; known: boolean }): JSX.Element {
  const { state, member } = props
  return (
    <article class="card member-card" data-testid="member-card">
      <MemberFacts state={state} member={member} known={props.known} />
      <a
        class="button button-plain"
        href={hashOf({ screen: 'members', id: member.id })}
        aria-label={t('members.open.label', { name: member.name || t('members.unnamed') })}
        data-testid="member-open"
      >
        {t('members.open')}
      </a>
      <Button kind="primary" testId="member-select" onClick={() => takeOrderFor(state, member)}>
        {t('members.select')}
      </Button>
    </article>
  )
}

export function takeOrderFor(state: AppState, { id }: MemberCard): void {
  state.draft.value = { ...state.draft.value, memberId: id }
  state.phoneText.value = ''
  goTo('order')
}

/** A phone that nobody holds: somebody new has it, unless a member that is known here has asked for it. */
function FreePhone(props: { state: AppState; phone: E164Phone; onDone: () => void }): JSX.Element {
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
      <MemberList state={state} members={wanting} known={false} />
      <div class="row">
        <Button kind="quiet" onClick={() => (anyway.value = true)}>
          {t('members.wanted.other')}
        </Button>
      </div>
    </>
  )
}

function RegisterForm(props: { state: AppState; phone: E164Phone; onDone: () => void }): JSX.Element {
  const { store, here } = props.state
  const name = useSignal('')
  const shared = useSignal(true)
  const asked = useSignal(false)
  const saving = useSignal(false)
  const error = useSignal<{ message: string } | undefined>(undefined)
  const register = async (event: Event) => {
    event.preventDefault()
    asked.value = true
    if (name.value.trim() === '' || saving.value) return
    saving.value = true
    const { branchId } = store.session
    const member = registerHere(here.value, {
      name: name.value.trim(),
      scope: shared.value ? SHARED_SCOPE : branchId,
      phone: props.phone,
      branchId,
      registrationId: randomId(),
      at: store.clock.now(),
    })
    try {
      // Nothing to write where somebody holds the number by now: that member is shown instead.
      if (member) await store.members.insert(member)
      props.onDone()
    } catch (failure) {
      // Another tab may have been quicker: then the member is there and is shown.
      if (!member || !(await store.members.findOne(member.id).exec())) error.value = { message: String(failure) }
    }
    saving.value = false
  }
  const missing = asked.value && name.value.trim() === ''
  return (
    <form class="card stack" onSubmit={(event) => void register(event)} noValidate>
      <div>
        <h2>{t('members.new')}</h2>
        <p class="muted">{t('members.new.text', { phone: props.phone })}</p>
      </div>
      <Field
        label={t('members.name')}
        value={name.value}
        problem={missing ? t('members.name.missing') : undefined}
        testId="register-name"
        onInput={(text) => (name.value = text.slice(0, 200))}
      />
      <fieldset class="choice">
        <legend class="legend">{t('members.scope')}</legend>
        {[true, false].map((value) => (
          <label key={String(value)} class={shared.value === value ? 'chosen' : ''}>
            <input
              type="radio"
              name="scope"
              checked={shared.value === value}
              data-testid={value ? 'register-shared' : 'register-private'}
              onChange={() => (shared.value = value)}
            />
            <span>{value ? t('members.shared') : t('members.private')}</span>
          </label>
        ))}
      </fieldset>
      <ErrorNotice error={error.value} />
      <div class="row">
        <Button kind="primary" type="submit" disabled={saving.value} testId="register-submit">
          {t('members.register')}
        </Button>
      </div>
    </form>
  )
}
