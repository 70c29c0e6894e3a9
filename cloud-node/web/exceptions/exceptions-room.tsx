/** What was refused on its way and waits for a person: at headquarters, with what can be done; at branches, as far as they told. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { nodeNow } from '../../../adapters/ui/live-status.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import '../frame/console.css'
import { LookOnly } from '../frame/may.tsx'
import { place } from '../frame/place.ts'
import type { RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'
import { AtBranches } from './at-branches.tsx'
import { ExceptionList } from './exception-list.tsx'
import { ExceptionPage } from './exception-page.tsx'
import { x } from './exception-words.ts'
import './exceptions.css'
import { SaidNotice, type Said } from './said-notice.tsx'

export function ExceptionsRoom({ live, account }: RoomProps): JSX.Element {
  const said = useSignal<Said | undefined>(undefined)
  const heard = live.heard.value
  const isBroken = live.stream.value === 'broken'
  if (!heard) return <p role="status">{isBroken ? t('stream.never') : t('loading')}</p>
  const { status } = heard
  const id = place.value.chosen.get('id')
  const names = new Map(status.branches.map((branch) => [branch.id, branch.name]))
  const room = {
    account,
    nameOf: (branch: string) => names.get(branch) ?? branch,
    onSay: (next: Said) => (said.value = next),
  }
  return (
    <>
      {isBroken && <Notice tone="bad">{x('stale')}</Notice>}
      {said.value && <SaidNotice said={said.value} />}
      {id !== null ? (
        <ExceptionPage key={id} id={id} {...room} />
      ) : (
        <>
          <LookOnly account={account} needed="operator" />
          <ExceptionList {...room} branches={status.branches} count={status.exceptions} />
          <AtBranches branches={status.branches} now={nodeNow(heard)} />
        </>
      )}
    </>
  )
}
