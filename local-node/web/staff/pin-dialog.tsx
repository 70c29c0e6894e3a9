/** Asks for the PIN where somebody is, because the node does not know of the login at this device. */
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import type { DeviceAccess } from './device-access.ts'
import { PinPad } from './pin-pad.tsx'
import { t } from '../words.ts'

export function PinDialog({ access }: { access: DeviceAccess }): JSX.Element | null {
  const given = access.pinWanted.value
  const person = access.person.value
  if (!given || !person) return null
  const onPin = async (pin: string) => {
    const outcome = await access.login(person.id, pin, true)
    if (outcome.kind === 'in') given(true)
    return outcome
  }
  return (
    <Modal label={t('login.again')} onClose={() => given(false)}>
      <h2>{t('login.again')}</h2>
      <p class="muted">{t('login.again.text', { name: person.name })}</p>
      <PinPad
        label={t('pin.of', { name: person.name })}
        wait={access.waits.value[person.id]}
        away={t('login.away')}
        onPin={onPin}
      />
      <Button kind="quiet" testId="pin-cancel" onClick={() => given(false)}>
        {t('login.cancel')}
      </Button>
    </Modal>
  )
}

function Modal(props: { label: string; onClose: () => void; children: JSX.Element[] }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="card stack" aria-label={props.label} data-testid="pin-dialog" onClose={props.onClose}>
      {props.children}
    </dialog>
  )
}
