/** A member's tags: taken off with one tap, added with one where this device has seen them before. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import type { MemberDocument } from '../../../schemas/collections/members.ts'
import type { AppState } from '../frame/app-state.ts'
import { knownTags, noteTags, offeredTags, readTag, readTags, withTag } from './member-tags.ts'
import { addTag, removeTag } from './member-writes.ts'
import { t } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

export function MemberTags({ state, member }: { state: AppState; member: MemberDocument }): JSX.Element {
  const { store } = state
  const { id, tags } = member
  const typed = useSignal('')
  const error = useSignal<WriteFailure | undefined>(undefined)
  const card = useRef<HTMLDivElement>(null)
  useEffect(() => noteTags(tags), [tags.join('\n')])
  const write = async (change: Promise<void>) => {
    error.value = undefined
    try {
      await change
    } catch (failure) {
      error.value = failureInWords(failure)
    }
  }
  const add = async (wanted: readonly string[]) => {
    noteTags(wanted)
    for (const tag of wanted) await write(addTag(store.members, id, tag))
  }
  const submit = (event: Event) => {
    event.preventDefault()
    const wanted = readTags(typed.value)
    typed.value = ''
    void add(wanted)
  }
  const remove = (tag: string) => {
    void write(removeTag(store.members, id, tag))
    // The button that was pressed is gone with its tag.
    card.current?.querySelector<HTMLElement>('h2')?.focus()
  }
  const offered = offeredTags(knownTags(), tags, typed.value)
  const isFull = withTag(tags, readTag(typed.value)).length === tags.length && readTags(typed.value).length > 0
  return (
    <div ref={card} class="card stack" data-testid="member-tags">
      <h2 tabIndex={-1}>{t('member.tags')}</h2>
      {tags.length === 0 && <p class="muted">{t('member.tags.none')}</p>}
      {tags.length > 0 && (
        <ul class="member-tags">
          {tags.map((tag) => (
            <li key={tag} class="member-tag" data-testid="tag">
              <span>{tag}</span>
              <button
                type="button"
                aria-label={t('member.tag.remove', { tag })}
                data-testid="tag-remove"
                onClick={() => remove(tag)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <form class="ask" onSubmit={submit} noValidate>
        <Field
          label={t('member.tag.new')}
          value={typed.value}
          hint={isFull ? t('member.tag.there') : undefined}
          maxLength={100}
          testId="tag-input"
          onInput={(text) => (typed.value = text)}
        />
        <Button type="submit" disabled={readTag(typed.value) === ''} testId="tag-add">
          {t('member.add')}
        </Button>
      </form>
      {offered.length > 0 && (
        <ul class="member-tags" aria-label={t('member.tags.offered')}>
          {offered.map((tag) => (
            <li key={tag}>
              <button
                type="button"
                class="member-tag member-tag-offered"
                aria-label={t('member.tag.add', { tag })}
                data-testid="tag-offered"
                onClick={() => {
                  typed.value = ''
                  void add([tag])
                }}
              >
                + {tag}
              </button>
            </li>
          ))}
        </ul>
      )}
      <ErrorNotice error={error.value} testId="tags-failed" />
    </div>
  )
}
