/** Who works here now: choose a name, type the PIN. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { LanguageSwitch } from '../../../adapters/ui/language-switch.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'
import type { DeviceAccess } from './device-access.ts'
import { PinPad } from './pin-pad.tsx'
import { t } from '../words.ts'

export function LoginScreen({ access, branchName }: { access: DeviceAccess; branchName: string }): JSX.Element {
  const chosenId = useSignal<string | undefined>(undefined)
  const staff = access.staff.value
  const chosen = staff?.length === 1 ? staff[0] : staff?.find(({ id }) => id === chosenId.value)
  return (
    <main class="start">
      <div class="card stack" data-testid="login">
        <div class="row between">
          <h1>
            <img src="/icon.svg" alt="" width="32" height="32" />
            <span class="cut" title={branchName}>
              {branchName}
            </span>
          </h1>
          <LanguageSwitch />
        </div>
        {!chosen && <h2>{t('login.who')}</h2>}
        {!staff && <Away access={access} />}
        {staff?.length === 0 && <Notice tone="neutral">{t('login.nobody')}</Notice>}
        {staff && !chosen && <People staff={staff} onChoose={({ id }) => (chosenId.value = id)} />}
        {chosen && (
          <>
            <h2 data-testid="login-name">{t('login.hello', { name: chosen.name })}</h2>
            <PinPad
              key={chosen.id}
              label={t('pin.of', { name: chosen.name })}
              wait={access.waits.value[chosen.id]}
              away={t('login.away')}
              onPin={(pin) => access.login(chosen.id, pin)}
            />
            {staff!.length > 1 && (
              <Button kind="quiet" testId="login-other" onClick={() => (chosenId.value = undefined)}>
                {t('login.other')}
              </Button>
            )}
          </>
        )}
      </div>
    </main>
  )
}

function People(props: { staff: readonly StaffIdentity[]; onChoose: (person: StaffIdentity) => void }): JSX.Element {
  return (
    <ul class="people" aria-label={t('login.who')}>
      {props.staff.map((person) => (
        <li key={person.id}>
          <button type="button" class="product" data-testid="login-person" onClick={() => props.onChoose(person)}>
            <span>{person.name}</span>
            <small>{t(`role.${person.role}`)}</small>
          </button>
        </li>
      ))}
    </ul>
  )
}

/** The node has never told this device who works here. */
function Away({ access }: { access: DeviceAccess }): JSX.Element {
  return (
    <Notice
      tone="busy"
      testId="login-away"
      action={
        <Button testId="login-retry" onClick={() => void access.refresh()}>
          {t('start.retry')}
        </Button>
      }
    >
      {t('login.away')}
    </Notice>
  )
}
