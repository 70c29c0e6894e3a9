/** What headquarters exchanged with its branches and wrote into MySQL: searched, looked at one by one, followed live. */
import type { JSX } from 'preact'
import { Notice } from '../../../adapters/ui/notice.tsx'
import '../frame/console.css'
import { place } from '../frame/place.ts'
import type { RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'
import { EntryPage } from './entry-page.tsx'
import { choiceOf } from './log-choice.ts'
import { LogFilters } from './log-filters.tsx'
import { LogList } from './log-list.tsx'
import './log.css'
import { Trail } from './trail.tsx'

export function LogRoom({ live }: RoomProps): JSX.Element {
  const heard = live.heard.value
  const isBroken = live.stream.value === 'broken'
  if (!heard) return <p role="status">{isBroken ? t('stream.never') : t('loading')}</p>
  const { branches } = heard.status
  const names = new Map(branches.map(({ id, name }) => [id, name]))
  const nameOf = (branch: string): string => names.get(branch) ?? branch
  const { chosen } = place.value
  const entry = chosen.get('entry')
  const choice = choiceOf(chosen)
  const { request } = choice
  return (
    <>
      {isBroken && <Notice tone="bad">{t('unreachable')}</Notice>}
      {entry === null ? (
        <>
          <LogFilters choice={choice} branches={branches} />
          {request !== undefined && <Trail key={request} request={request} nameOf={nameOf} />}
          <LogList choice={choice} isBroken={isBroken} nameOf={nameOf} />
        </>
      ) : (
        <EntryPage key={entry} number={entry} nameOf={nameOf} />
      )}
    </>
  )
}
