/** A room that is loaded when somebody goes there. */
import type { JSX } from 'preact'
import { lazyPart } from '../../../adapters/ui/lazy-part.tsx'
import { t } from '../words.ts'
import type { Room as RoomName } from './place.ts'
import { Room, type RoomProps } from './room.tsx'

type RoomPage = (props: RoomProps) => JSX.Element

export const LAZY_WORDS = { loading: () => t('loading'), failed: () => t('room.failed') } as const

export function lazyRoom(room: RoomName, load: () => Promise<RoomPage>): RoomPage {
  const Part = lazyPart<RoomProps>(load, LAZY_WORDS)
  return (props) => (
    <Room {...props} room={room}>
      <Part {...props} />
    </Room>
  )
}
