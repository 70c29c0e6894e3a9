/** What whoever is logged in does for themselves: another PIN. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'
import type { AppState } from '../frame/app-state.ts'
import { newPinProblem, NewPinFields, NO_PIN, PinField } from './pin-field.tsx'
import { refusalInWords } from '../node/reply-words.ts'
import { t } from '../words.ts'

export function MeScreen({ state, person }: { state: AppState; person: StaffIdentity }): JSX.Element {
  const present = useSignal('')
  const pin = useSignal(NO_PIN)
  const tried = useSignal(false)
  const saving = useSignal(false)
  const done = useSignal(false)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  const submit = async (event: Event) => {
    event.preventDefault()
    tried.value = true
    done.value = false
    if (saving.value || present.value === '' || newPinProblem(pin.value, person.role)) return
    saving.value = true
    const body = { present: present.value, pin: pin.value.pin }
    const reply = await state.access.ask({ method: 'POST', path: '/api/staff/own-pin', body })
    saving.value = false
    error.value = refusalInWords(reply)
    if (reply.kind !== 'done') return
    done.value = true
    tried.value = false
    present.value = ''
    pin.value = NO_PIN
    void state.access.refresh()
  }
  return (
    <section class="members stack" aria-labelledby="me-title">
      <h2 id="me-title">
        {person.name} <span class="muted">{t(`role.${person.role}`)}</span>
      </h2>
      <form class="card stack" onSubmit={(event) => void submit(event)} noValidate>
        <h3>{t('me.pin')}</h3>
        <p class="muted">{t('me.pin.text')}</p>
        <PinField
          label={t('me.present')}
          value={present.value}
          problem={tried.value && present.value === '' ? t('me.present.missing') : undefined}
          testId="me-present"
          onInput={(text) => (present.value = text)}
        />
        <NewPinFields value={pin} role={person.role} tried={tried.value} testId="me-pin" />
        {done.value && (
          <Notice tone="good" testId="me-done">
            {t('me.done')}
          </Notice>
        )}
        <ErrorNotice error={error.value} testId="me-error" />
        <div class="row">
          <Button kind="primary" type="submit" disabled={saving.value} testId="me-submit">
            {t('me.submit')}
          </Button>
        </div>
      </form>
    </section>
  )
}
