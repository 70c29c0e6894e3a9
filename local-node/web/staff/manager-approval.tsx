/** A manager says yes to what a cashier may not do alone: by PIN, at this device, with the node or without. */
import { useSignal, type ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'
import type { DeviceAccess } from './device-access.ts'
import { askedOfManager, type AskedOfManager } from './manager-question.ts'
import { PinPad } from './pin-pad.tsx'
import { t } from '../words.ts'

/** What of the app's state it needs: it also stands where there is no app yet. */
export interface ApprovalState {
  readonly access: DeviceAccess
  /** Whether the node is worth asking. */
  readonly link: { readonly state: ReadonlySignal<{ readonly reachable: boolean | undefined }> }
}

/** Stands on a page once. */
export function ManagerDialog({ state }: { state: ApprovalState }): JSX.Element | null {
  return askedOfManager.value ? (
    <Approve key={askedOfManager.value.reason} state={state} asked={askedOfManager.value} />
  ) : null
}

function Approve({ state, asked: { reason, answer } }: { state: ApprovalState; asked: AskedOfManager }): JSX.Element {
  const { access, link } = state
  const chosenId = useSignal<string | undefined>(undefined)
  const managers = (access.staff.value ?? []).filter(({ role }) => role === 'manager')
  const chosen = managers.length === 1 ? managers[0] : managers.find(({ id }) => id === chosenId.value)
  const onPin = async (person: StaffIdentity, pin: string) => {
    const outcome = await access.checkPin(person.id, pin, link.state.value.reachable === true)
    if (outcome.kind !== 'in') return outcome
    const { id, name, role } = outcome.person
    // The node may just have said that the person is no manager any more.
    if (role !== 'manager') return { kind: 'failed', code: 'FORBIDDEN', message: t('refused.FORBIDDEN') } as const
    answer({ id, name })
    return outcome
  }
  return (
    <Dialog label={t('approve.title')} testId="approve-dialog" onClose={() => answer(undefined)}>
      <h2>{t('approve.title')}</h2>
      <p class="muted">{reason}</p>
      {managers.length === 0 && <Notice tone="busy">{t('approve.nobody')}</Notice>}
      {!chosen && managers.length > 0 && (
        <ul class="people" aria-label={t('approve.who')}>
          {managers.map(({ id, name }) => (
            <li key={id}>
              <button type="button" class="product" data-testid="approve-person" onClick={() => (chosenId.value = id)}>
                <span>{name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {chosen && (
        <PinPad
          key={chosen.id}
          label={t('pin.of', { name: chosen.name })}
          wait={access.waits.value[chosen.id]}
          away={t('approve.away')}
          onPin={(pin) => onPin(chosen, pin)}
        />
      )}
      <Button kind="quiet" testId="approve-cancel" onClick={() => answer(undefined)}>
        {t('login.cancel')}
      </Button>
    </Dialog>
  )
}
