/** Who is who: find a member, look at one, decide what waits for a person. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Notice } from '../../../adapters/ui/notice.tsx'
import '../frame/console.css'
import { LookOnly } from '../frame/may.tsx'
import { place } from '../frame/place.ts'
import type { RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'
import { loadCurrency } from './chain-currency.ts'
import { FindMember } from './find-member.tsx'
import { MemberPage } from './member-page.tsx'
import type { MembersProps } from './members-props.ts'
import { ReviewQueue } from './review-queue.tsx'
import './members.css'

export function MembersRoom({ live, account }: RoomProps): JSX.Element {
  /** With the place that it was said at: of another member it would not be true. */
  const said = useSignal<{ readonly text: string; readonly at: string | null } | undefined>(undefined)
  useEffect(() => void loadCurrency(), [])
  const branches = live.heard.value?.status.branches ?? []
  const id = place.value.chosen.get('id')
  const room: MembersProps = { account, branches, onSay: (text) => (said.value = { text, at: id }) }
  return (
    <>
      {live.stream.value === 'broken' && <Notice tone="bad">{t('unreachable')}</Notice>}
      {said.value?.at === id && (
        <Notice tone="good" testId="said">
          {said.value.text}
        </Notice>
      )}
      <LookOnly account={account} needed="operator" />
      {id === null ? (
        <>
          <FindMember {...room} />
          <ReviewQueue {...room} />
        </>
      ) : (
        <MemberPage key={id} id={id} {...room} />
      )}
    </>
  )
}
