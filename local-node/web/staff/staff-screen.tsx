/** For managers: who works here, and which devices are let in. The node does all of it; without it nothing changes. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import type { PairedDevice, ShutOutDevice, StaffMember } from '../../../schemas/protocol/staff.ts'
import type { AppState } from '../frame/app-state.ts'
import { DeviceList } from '../settings/device-list.tsx'
import { refusalInWords } from '../node/reply-words.ts'
import { StaffList } from './staff-list.tsx'
import { t } from '../words.ts'

interface Loaded {
  readonly staff: readonly StaffMember[]
  readonly devices: readonly PairedDevice[]
  readonly shutOut: readonly ShutOutDevice[]
}

export interface Desk {
  /** Has the node do something, then shows how things stand. @returns whether it was done */
  act(path: string, body: object): Promise<boolean>
}

export function StaffScreen({ state }: { state: AppState }): JSX.Element {
  const { access } = state
  const loaded = useSignal<Loaded | undefined>(undefined)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  const load = async () => {
    const staff = await access.ask<StaffMember[]>({ method: 'GET', path: '/api/staff/all' })
    error.value = refusalInWords(staff)
    if (staff.kind !== 'done') return
    const devices = await access.ask<PairedDevice[]>({ method: 'GET', path: '/api/devices' })
    error.value = refusalInWords(devices)
    if (devices.kind !== 'done') return
    const shutOut = await access.ask<ShutOutDevice[]>({ method: 'GET', path: '/api/devices/shut-out' })
    error.value = refusalInWords(shutOut)
    if (shutOut.kind === 'done') loaded.value = { staff: staff.body, devices: devices.body, shutOut: shutOut.body }
  }
  useEffect(() => void load(), [])
  const desk: Desk = {
    act: async (path, body) => {
      error.value = undefined
      const reply = await access.ask({ method: 'POST', path, body })
      error.value = refusalInWords(reply)
      if (reply.kind !== 'done') return false
      // Whoever was closed is gone from this device too.
      void access.refresh()
      await load()
      return true
    },
  }
  return (
    <section class="members stack" aria-labelledby="staff-title">
      <h2 id="staff-title">{t('staff.screen')}</h2>
      <ErrorNotice error={error.value} testId="staff-error" />
      {loaded.value && (
        <>
          <StaffList staff={loaded.value.staff} desk={desk} />
          <DeviceList state={state} devices={loaded.value.devices} shutOut={loaded.value.shutOut} desk={desk} />
        </>
      )}
    </section>
  )
}
