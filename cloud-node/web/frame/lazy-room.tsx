/** A room that is loaded when somebody goes there: most who look at the health page go to none of the others. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { t } from '../words.ts'
import type { Room as RoomName } from './place.ts'
import { Room, type RoomProps } from './room.tsx'

type RoomPage = (props: RoomProps) => JSX.Element

/** @param load asked again, when somebody comes back, only where it failed */
export function lazyRoom(room: RoomName, load: () => Promise<RoomPage>): RoomPage {
  const loaded = signal<RoomPage | 'failed' | undefined>(undefined)
  const begin = (): void => {
    if (typeof loaded.value === 'function') return
    loaded.value = undefined
    load().then(
      (page) => (loaded.value = page),
      // The node has another version by now, whose files are called otherwise.
      () => (loaded.value = 'failed'),
    )
  }
  return function LazyRoom(props) {
    useEffect(begin, [])
    const Page = loaded.value
    return (
      <Room {...props} room={room}>
        {Page === 'failed' && <Notice tone="bad">{t('room.failed')}</Notice>}
        {Page === undefined && <p role="status">{t('loading')}</p>}
        {typeof Page === 'function' && <Page {...props} />}
      </Room>
    )
  }
}
