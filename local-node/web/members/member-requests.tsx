/** What headquarters is asked about a member: a changed phone, sharing, deletion; and what became of it. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import type { MemberCard } from './member-card.ts'
import { readPhone } from '../../../schemas/phone.ts'
import type { AppState } from '../frame/app-state.ts'
import { isOpen, mayShare, newRequest, phoneWish, requestsAbout, type Wish } from './member-request.ts'
import { randomId } from '../../../adapters/ui/random.ts'
import { RequestItem } from '../requests/request-item.tsx'
import { t } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

const MOST_SHOWN = 5

type Form = 'phone' | 'share' | 'delete'

export function MemberRequests({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const { requests, store } = state
  const open = useSignal<Form | undefined>(undefined)
  const error = useSignal<WriteFailure | undefined>(undefined)
  void requests.version.value
  const here = state.here.value
  const asked = requestsAbout(here, member.id, requests.byId.values())
  const waits = (what: Form) => asked.some((request) => request.what === what && isOpen(request))
  const ask = async (wish: Wish) => {
    error.value = undefined
    const asking = { id: randomId(), branchId: store.session.branchId, at: store.clock.now() }
    try {
      await store.requests.insert(newRequest(here, member, wish, asking))
      open.value = undefined
    } catch (failure) {
      error.value = failureInWords(failure)
    }
  }
  const forms: Form[] = ['phone', ...(mayShare(member) ? ['share' as const] : []), 'delete']
  return (
    <div class="card stack" data-testid="member-requests">
      <h2>{t('member.requests')}</h2>
      {asked.length > 0 && (
        <ul class="requests">
          {asked.slice(0, MOST_SHOWN).map((request) => (
            <li key={request.id}>
              <RequestItem state={state} request={request} linked={false} />
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        {forms.map((form) => (
          <Button
            key={form}
            pressed={open.value === form}
            disabled={waits(form)}
            testId={`ask-${form}`}
            onClick={() => (open.value = open.value === form ? undefined : form)}
          >
            {t(`member.ask.${form}`)}
          </Button>
        ))}
      </div>
      {open.value === 'phone' && !waits('phone') && <PhoneForm state={state} member={member} ask={ask} />}
      {(open.value === 'share' || open.value === 'delete') && !waits(open.value) && (
        <Sure
          key={open.value}
          text={t(`member.ask.${open.value}.text`, { name: member.name || t('members.unnamed') })}
          what={open.value}
          ask={ask}
        />
      )}
      <ErrorNotice error={error.value} />
    </div>
  )
}

type Ask = (wish: Wish) => Promise<void>

function PhoneForm(props: { state: AppState; member: MemberCard; ask: Ask }): JSX.Element {
  const { state, member } = props
  const text = useSignal('')
  const tried = useSignal(false)
  const asking = useSignal(false)
  const reading = readPhone(text.value, state.store.session.country)
  const wish = reading.ok ? phoneWish(state.here.value, member, reading.phone) : undefined
  const holder = wish?.kind === 'taken' ? state.here.value.today(wish.holder) : undefined
  const problem = !reading.ok
    ? t('member.phone.invalid')
    : wish?.kind === 'own'
      ? t('member.phone.own', { name: member.name || t('members.unnamed') })
      : undefined
  const submit = async (event: Event) => {
    event.preventDefault()
    tried.value = true
    if (!reading.ok || problem !== undefined || asking.value) return
    asking.value = true
    await props.ask({ what: 'phone', to: reading.phone })
    asking.value = false
  }
  const taken = holder
    ? t('member.phone.taken', { name: holder.name || t('members.unnamed') })
    : t('member.phone.taken.away')
  return (
    <form class="ask" onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label={t('member.phone.new')}
        type="tel"
        inputMode="tel"
        value={text.value}
        hint={wish?.kind === 'taken' ? taken : t('member.phone.hint')}
        problem={tried.value ? problem : undefined}
        autoFocus
        testId="new-phone"
        onInput={(typed) => {
          tried.value = false
          text.value = typed
        }}
      />
      <Button kind="primary" type="submit" disabled={asking.value} testId="new-phone-submit">
        {t('member.ask')}
      </Button>
    </form>
  )
}

function Sure(props: { text: string; what: 'share' | 'delete'; ask: Ask }): JSX.Element {
  const asking = useSignal(false)
  const yes = async () => {
    if (asking.value) return
    asking.value = true
    await props.ask({ what: props.what })
    asking.value = false
  }
  return (
    <div class="stack">
      <p>{props.text}</p>
      <div class="row">
        <Button kind="primary" disabled={asking.value} testId={`ask-${props.what}-yes`} onClick={() => void yes()}>
          {t('member.ask')}
        </Button>
      </div>
    </div>
  )
}
