/** The devices that were shut out and keep what is on them: one may turn out to be lost later. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { ShutOutDevice } from '../../../schemas/protocol/staff.ts'
import type { Desk } from '../staff/staff-screen.tsx'
import { t } from '../words.ts'

export function ShutOutList(props: { devices: readonly ShutOutDevice[]; desk: Desk }): JSX.Element | null {
  const { devices, desk } = props
  if (devices.length === 0) return null
  return (
    <details class="member-more" data-testid="devices-out">
      <summary>{t('devices.out', { count: devices.length })}</summary>
      <div class="stack">
        <p class="muted">{t('devices.out.text')}</p>
        <ul class="requests">
          {devices.map((device) => (
            <li key={device.id}>
              <ShutOut device={device} desk={desk} />
            </li>
          ))}
        </ul>
      </div>
    </details>
  )
}

function ShutOut(props: { device: ShutOutDevice; desk: Desk }): JSX.Element {
  const { id, name, shutOutAt } = props.device
  const sure = useSignal(false)
  const declareLost = async () => {
    if (!(await props.desk.act(`/api/devices/${id}/revoke`, { lost: true }))) sure.value = false
  }
  return (
    <div class="stack" data-testid="device-out">
      <div class="row between">
        <span>
          <strong>{name}</strong>
          <br />
          <small class="muted">{t('devices.out.at', { time: formatTime(shutOutAt) })}</small>
        </span>
        {!sure.value && (
          <Button
            label={t('devices.out.lost.label', { name })}
            testId="device-out-lost"
            onClick={() => (sure.value = true)}
          >
            {t('devices.revoke.lost')}
          </Button>
        )}
      </div>
      {sure.value && (
        <div class="stack inset" role="group" aria-label={t('devices.out.sure', { name })}>
          <p>{t('devices.out.sure', { name })}</p>
          <p role="status">{t('devices.out.sure.text')}</p>
          <div class="row">
            <Button kind="primary" testId="device-out-yes" onClick={() => void declareLost()}>
              {t('devices.out.yes')}
            </Button>
            <Button onClick={() => (sure.value = false)}>{t('login.cancel')}</Button>
          </div>
        </div>
      )}
    </div>
  )
}
