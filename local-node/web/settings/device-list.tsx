/** The paired devices: a code for one more, when each was last here, and shutting one out. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { Choice } from '../../../adapters/ui/choice.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { PairedDevice, PairingCode, ShutOutDevice } from '../../../schemas/protocol/staff.ts'
import type { AppState } from '../frame/app-state.ts'
import { linkOf } from './given-code.ts'
import { ShutOutList } from './shut-out-list.tsx'
import { refusalInWords } from '../node/reply-words.ts'
import type { Desk } from '../staff/staff-screen.tsx'
import { t } from '../words.ts'

export function DeviceList(props: {
  state: AppState
  devices: readonly PairedDevice[]
  shutOut: readonly ShutOutDevice[]
  desk: Desk
}): JSX.Element {
  const { access } = props.state
  return (
    <div class="card stack">
      <h3>{t('devices.title')}</h3>
      <NewCode state={props.state} />
      <ul class="requests">
        {props.devices.map((device) => (
          <li key={device.id}>
            <Device device={device} isThis={device.id === access.deviceId.value} desk={props.desk} />
          </li>
        ))}
      </ul>
      <ShutOutList devices={props.shutOut} desk={props.desk} />
    </div>
  )
}

function NewCode({ state }: { state: AppState }): JSX.Element {
  const code = useSignal<PairingCode | undefined>(undefined)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  const show = async () => {
    const reply = await state.access.ask<PairingCode>({ method: 'POST', path: '/api/pairing-codes', body: {} })
    error.value = refusalInWords(reply)
    code.value = reply.kind === 'done' ? reply.body : undefined
  }
  return (
    <div class="stack">
      <p class="muted">{t('devices.code.text')}</p>
      {code.value && (
        <div class="pairing-code" role="status">
          <strong data-testid="pairing-code">{code.value.code}</strong>
          <a href={linkOf(code.value.code)} data-testid="pairing-link">
            {linkOf(code.value.code)}
          </a>
          <small>{t('devices.code.until', { time: formatTime(code.value.expiresAt) })}</small>
          {isOnlyHere() && <small>{t('devices.code.here')}</small>}
        </div>
      )}
      <ErrorNotice error={error.value} />
      <div class="row">
        <Button kind={code.value ? 'plain' : 'primary'} testId="pairing-code-new" onClick={() => void show()}>
          {t('devices.code')}
        </Button>
      </div>
    </div>
  )
}

/** An address of this machine means another one on another machine. */
function isOnlyHere(): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)
}

/** What becomes of what is on a device that is shut out. */
const WAYS = ['kept', 'lost'] as const

function Device(props: { device: PairedDevice; isThis: boolean; desk: Desk }): JSX.Element {
  const { id, name, holder, pairedAt, lastSeenAt } = props.device
  const sure = useSignal(false)
  const how = useSignal<(typeof WAYS)[number]>('kept')
  const revoke = async () => {
    const body = how.value === 'lost' ? { lost: true } : {}
    if (!(await props.desk.act(`/api/devices/${id}/revoke`, body))) sure.value = false
  }
  // A program deletes nothing, and whoever works at this device has it.
  const mayBeLost = !props.isThis && holder === 'browser'
  return (
    <div class="stack" data-testid="device-item">
      <div class="row between">
        <span>
          <strong>{name}</strong> {props.isThis && <Badge tone="neutral">{t('devices.this')}</Badge>}
          <br />
          <small class="muted">
            {lastSeenAt === undefined
              ? t('devices.paired', { time: formatTime(pairedAt) })
              : t('devices.seen', { time: formatTime(lastSeenAt) })}
          </small>
        </span>
        {!sure.value && (
          <Button
            label={t('devices.revoke.label', { name })}
            testId="device-revoke"
            onClick={() => {
              how.value = 'kept'
              sure.value = true
            }}
          >
            {t('devices.revoke')}
          </Button>
        )}
      </div>
      {sure.value && (
        <div class="stack inset">
          {mayBeLost ? (
            <Choice
              legend={t('devices.revoke.sure', { name })}
              name={`revoke-${id}`}
              value={how.value}
              options={WAYS.map((way) => ({ value: way, words: t(`devices.revoke.${way}`) }))}
              testId="device-revoke"
              onChange={(way) => (how.value = way)}
            />
          ) : (
            <p>{t('devices.revoke.sure', { name })}</p>
          )}
          <p role="status" data-testid="device-revoke-means">
            {t(`devices.revoke.${how.value}.text`)}
          </p>
          <div class="row">
            <Button kind="primary" testId="device-revoke-yes" onClick={() => void revoke()}>
              {t(how.value === 'lost' ? 'devices.revoke.lost.yes' : 'devices.revoke')}
            </Button>
            <Button onClick={() => (sure.value = false)}>{t('login.cancel')}</Button>
          </div>
        </div>
      )}
    </div>
  )
}
