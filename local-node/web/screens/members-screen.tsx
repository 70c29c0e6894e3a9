/** Find a member by phone as it is typed, or register who is new; a known phone is offered, never registered twice. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../../schemas/brand.ts'
import type { MemberDocument } from '../../../schemas/collections/members.ts'
import type { Balance } from '../../../schemas/contribution.ts'
import { memberIdOfPhone, type ChainKey } from '../../../schemas/member-id.ts'
import { maskPhone } from '../../../schemas/phone.ts'
import { goTo, type AppState } from '../app-state.ts'
import { searchMembers } from '../member-search.ts'
import { randomId } from '../random.ts'
import { t } from '../words.ts'

/** Who is still typing looks at nobody's balance. */
const STILL_MS = 300

export function MembersScreen({ state }: { state: AppState }): JSX.Element {
  const { members, phoneText, store } = state
  const registered = useSignal<string | undefined>(undefined)
  void members.version.value
  const search = searchMembers(phoneText.value, store.session, members.byId)
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
      {(search.kind === 'known' || search.kind === 'partial') && (
        <ul class="stack" aria-label={t('members.matches')}>
          {search.matches.map((member) => (
            <li key={member.id}>
              <MemberCard state={state} member={member} known={search.kind === 'known' && !registered.value} />
            </li>
          ))}
        </ul>
      )}
      {search.kind === 'free' && (
        <RegisterForm
          key={search.phone}
          state={state}
          phone={search.phone}
          onDone={() => (registered.value = search.phone)}
        />
      )}
    </section>
  )
}

function MemberCard(props: { state: AppState; member: MemberDocument; known: boolean }): JSX.Element {
  const { state, member } = props
  const { currency } = state.store.session
  const balance = useBalance(state, member)
  const select = () => {
    state.draft.value = { ...state.draft.value, member }
    state.phoneText.value = ''
    goTo('order')
  }
  return (
    <article class="card member-card" data-testid="member-card">
      <div class="avatar" aria-hidden="true">
        {(member.name || '?').slice(0, 1)}
      </div>
      <div class="member-facts">
        <h3>{member.name || t('members.unnamed')}</h3>
        <p class="muted">
          {member.phone ? maskPhone(member.phone) : '—'} ·{' '}
          {balance ? t('members.points', { points: formatNumber(balance.points) }) : t('members.points.none')}
          {balance && balance.value !== 0 && (
            <> · {t('members.value', { value: formatMoney(balance.value, currency) })}</>
          )}
        </p>
        <p class="row tight">
          {props.known && <Badge tone="good">{t('members.known')}</Badge>}
          <Badge tone="neutral">{member.scope === SHARED_SCOPE ? t('members.shared') : t('members.private')}</Badge>
        </p>
      </div>
      <Button kind="primary" testId="member-select" onClick={select}>
        {t('members.select')}
      </Button>
    </article>
  )
}

/** Asked for anew when the node has taken an order, or headquarters published another balance. */
function useBalance({ balances, link, phoneText }: AppState, member: MemberDocument): Balance | undefined {
  const { reachable, unsent } = link.state.value
  const ordersAtNode = link.heard.value?.status.collections['orders']?.documents
  const ordersHere = unsent?.['orders']?.length
  useEffect(() => {
    if (!reachable) return undefined
    const timer = setTimeout(() => void balances.ask(member), STILL_MS)
    return () => clearTimeout(timer)
  }, [member.id, member.balanceSeq, reachable, phoneText.value, ordersAtNode, ordersHere])
  return balances.shown(member, reachable === true)
}

function RegisterForm(props: { state: AppState; phone: E164Phone; onDone: () => void }): JSX.Element {
  const { store } = props.state
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
    const scope = shared.value ? SHARED_SCOPE : (store.session.branchId as Scope)
    const id = memberIdOfPhone(store.session.chainKey as ChainKey, scope, props.phone, 0)
    const registration = { id: randomId(), branchId: store.session.branchId, at: store.clock.now() }
    try {
      await store.members.insert({
        id,
        scope,
        phone: props.phone,
        generation: 0,
        name: name.value.trim(),
        tags: [],
        registrations: [registration],
        aliases: [],
      })
      props.onDone()
    } catch (failure) {
      // Another tab may have been quicker: then the member is there and is shown.
      if (!(await store.members.findOne(id).exec())) error.value = { message: String(failure) }
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
