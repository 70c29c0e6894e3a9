/** Branches from opening to closing: the list, and one of them with what can be done with it. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { nodeNow } from '../../../adapters/ui/live-status.ts'
import '../frame/console.css'
import { LookOnly, may } from '../frame/may.tsx'
import { go, place } from '../frame/place.ts'
import type { RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'
import { AddBranch } from './add-branch.tsx'
import { BranchList } from './branch-list.tsx'
import { BranchPage } from './branch-page.tsx'
import { b } from './branch-words.ts'

export function BranchesRoom({ live, account }: RoomProps): JSX.Element {
  const said = useSignal<string | undefined>(undefined)
  const adding = useSignal(false)
  const heard = live.heard.value
  if (!heard) return <p role="status">{live.stream.value === 'broken' ? t('stream.never') : t('loading')}</p>
  const now = nodeNow(heard)
  const { branches } = heard.status
  const id = place.value.chosen.get('branch')
  const open = (branch: string): void => go('branches', new URLSearchParams({ branch }))
  return (
    <>
      {live.stream.value === 'broken' && <Notice tone="bad">{t('unreachable')}</Notice>}
      {said.value !== undefined && (
        <Notice tone="good" testId="said">
          {said.value}
        </Notice>
      )}
      {id !== null ? (
        <BranchPage
          key={id}
          id={id}
          row={branches.find((row) => row.id === id)}
          now={now}
          account={account}
          onSay={(text) => (said.value = text)}
        />
      ) : (
        <>
          <LookOnly account={account} needed="operator" />
          {may(account, 'administrator') && (
            <div class="row">
              <Button kind="primary" testId="branch-add" onClick={() => (adding.value = true)}>
                {b('add')}
              </Button>
            </div>
          )}
          <BranchList branches={branches} now={now} canAdd={may(account, 'administrator')} onOpen={open} />
        </>
      )}
      {adding.value && (
        <AddBranch
          onClose={() => (adding.value = false)}
          onAdded={({ id: added, name }) => {
            adding.value = false
            said.value = b('added', { name })
            open(added)
          }}
        />
      )}
    </>
  )
}
