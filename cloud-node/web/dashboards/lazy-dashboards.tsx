/** The figures are loaded when somebody goes there: the charts weigh more than all the rest. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { Room, type RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'

type DashboardsRoom = (props: RoomProps) => JSX.Element

const loaded = signal<DashboardsRoom | 'failed' | undefined>(undefined)

export function LazyDashboards(props: RoomProps): JSX.Element {
  useEffect(load, [])
  const Dashboards = loaded.value
  return (
    <Room {...props} room="dashboards">
      {Dashboards === 'failed' && <Notice tone="bad">{t('room.failed')}</Notice>}
      {Dashboards === undefined && <p role="status">{t('loading')}</p>}
      {typeof Dashboards === 'function' && <Dashboards {...props} />}
    </Room>
  )
}

function load(): void {
  if (typeof loaded.value === 'function') return
  loaded.value = undefined
  import('./dashboards-room.tsx').then(
    ({ DashboardsRoom: room }) => (loaded.value = room),
    // The node has another version by now, whose files are called otherwise.
    () => (loaded.value = 'failed'),
  )
}
