/** What the branches did about a member and mean to do: who wrote it and when, the newest first. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import {
  MAX_FOLLOW_UP_LENGTH,
  MAX_FOLLOW_UPS,
  type FollowUp,
  type MemberDocument,
} from '../../../schemas/collections/members.ts'
import type { AppState } from '../frame/app-state.ts'
import { mayRemove, newestFollowUps } from './member-follow-up.ts'
import { formatMoment } from './member-moment.ts'
import { TextArea } from './member-text-area.tsx'
import { addFollowUp, removeFollowUp } from './member-writes.ts'
import { randomId } from '../../../adapters/ui/random.ts'
import { t } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

const UNDO_MS = 10_000
const MOST_SHOWN = 10
/** Below, the page counts what is left. */
const FEW_LEFT = 100

export function MemberFollowUps({ state, member }: { state: AppState; member: MemberDocument }): JSX.Element {
  const { access, store } = state
  const { id, followUps } = member
  const removed = useSignal<FollowUp | undefined>(undefined)
  const all = useSignal(false)
  const error = useSignal<WriteFailure | undefined>(undefined)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (!removed.value) return undefined
    const timer = setTimeout(() => (removed.value = undefined), UNDO_MS)
    return () => clearTimeout(timer)
  }, [removed.value])
  const write = async (change: Promise<void>): Promise<boolean> => {
    error.value = undefined
    try {
      await change
      return true
    } catch (failure) {
      error.value = failureInWords(failure)
      return false
    }
  }
  const remove = async (followUp: FollowUp) => {
    if (!(await write(removeFollowUp(store.members, id, followUp.id)))) return
    removed.value = followUp
    title.current?.focus()
  }
  const undo = async () => {
    const followUp = removed.value
    removed.value = undefined
    title.current?.focus()
    if (followUp) await write(addFollowUp(store.members, id, followUp))
  }
  const person = access.person.value
  const newest = newestFollowUps(followUps)
  const shown = all.value ? newest : newest.slice(0, MOST_SHOWN)
  return (
    <div class="card stack" data-testid="member-follow-ups">
      <h2 ref={title} tabIndex={-1}>
        {t('member.followUps')}
      </h2>
      {removed.value && (
        <Notice
          tone="neutral"
          testId="follow-up-removed"
          action={
            <Button testId="follow-up-undo" onClick={() => void undo()}>
              {t('member.undo')}
            </Button>
          }
        >
          {t('member.followUp.removed')}
        </Notice>
      )}
      {followUps.length < MAX_FOLLOW_UPS ? (
        <AddForm
          onAdd={(text) => {
            const followUp = { id: randomId(), at: store.clock.now(), by: person?.name ?? '', text }
            return write(addFollowUp(store.members, id, followUp))
          }}
        />
      ) : (
        <p class="muted">{t('member.followUps.full', { count: MAX_FOLLOW_UPS })}</p>
      )}
      <ErrorNotice error={error.value} testId="follow-up-failed" />
      {newest.length === 0 && <p class="muted">{t('member.followUps.none')}</p>}
      {newest.length > 0 && (
        <ul class="member-follow-ups">
          {shown.map((followUp) => (
            <li key={followUp.id} data-testid="follow-up">
              <p class="text">{followUp.text}</p>
              <div class="row between">
                <span class="muted small">
                  {followUp.by} · {formatMoment(followUp.at)}
                </span>
                {mayRemove(followUp, person) && (
                  <button
                    type="button"
                    class="member-text-button"
                    aria-label={t('member.followUp.remove.label', { by: followUp.by, time: formatMoment(followUp.at) })}
                    data-testid="follow-up-remove"
                    onClick={() => void remove(followUp)}
                  >
                    {t('member.followUp.remove')}
                  </button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {shown.length < newest.length && (
        <div class="row">
          <Button kind="quiet" onClick={() => (all.value = true)}>
            {t('member.followUps.all', { count: newest.length - shown.length })}
          </Button>
        </div>
      )}
    </div>
  )
}

function AddForm({ onAdd }: { onAdd: (text: string) => Promise<boolean> }): JSX.Element {
  const typed = useSignal('')
  const saving = useSignal(false)
  const text = typed.value.trim()
  const left = MAX_FOLLOW_UP_LENGTH - typed.value.length
  const add = async (event: Event) => {
    event.preventDefault()
    if (text === '' || saving.value) return
    saving.value = true
    // What could not be saved stays in the field.
    if (await onAdd(text)) typed.value = ''
    saving.value = false
  }
  return (
    <form class="stack tight" onSubmit={(event) => void add(event)} noValidate>
      <TextArea
        label={t('member.followUp.new')}
        value={typed.value}
        maxLength={MAX_FOLLOW_UP_LENGTH}
        hint={left <= FEW_LEFT ? t('member.followUp.left', { count: left }) : undefined}
        testId="follow-up-text"
        onInput={(changed) => (typed.value = changed)}
      />
      <div class="row">
        <Button type="submit" disabled={text === '' || saving.value} testId="follow-up-add">
          {t('member.followUp.add')}
        </Button>
      </div>
    </form>
  )
}
