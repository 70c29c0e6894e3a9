/** Members that were found, one card each; the arrow keys go from one to the next. */
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { goTo, hashOf, type AppState } from '../frame/app-state.ts'
import type { MemberCard } from './member-card.ts'
import { MemberFacts } from './member-facts.tsx'
import { t } from '../words.ts'

export function MemberList(props: {
  state: AppState
  label: string
  members: readonly MemberCard[]
  known?: boolean
  /** The first was just registered: the person goes on with it. */
  fresh?: boolean
}): JSX.Element {
  return (
    <ul class="stack" aria-label={props.label}>
      {props.members.map((member, at) => (
        <li key={member.id}>
          <FoundMember
            state={props.state}
            member={member}
            known={props.known === true}
            fresh={props.fresh === true && at === 0}
          />
        </li>
      ))}
    </ul>
  )
}

function FoundMember(props: { state: AppState; member: MemberCard; known: boolean; fresh: boolean }): JSX.Element {
  const { state, member, fresh } = props
  const card = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    if (fresh) card.current?.querySelector<HTMLElement>('.button-primary')?.focus()
  }, [fresh])
  return (
    <article ref={card} class="card member-card" data-testid="member-card">
      <MemberFacts state={state} member={member} known={props.known} />
      <div class="member-actions">
        <a
          class="button button-plain"
          href={hashOf({ screen: 'members', id: member.id })}
          aria-label={t('members.open.label', { name: member.name || t('members.unnamed') })}
          data-opens
          data-testid="member-open"
        >
          {t('members.open')}
        </a>
        <Button kind="primary" testId="member-select" onClick={() => takeOrderFor(state, member)}>
          {t('members.select')}
        </Button>
      </div>
    </article>
  )
}

export function takeOrderFor(state: AppState, { id }: MemberCard): void {
  state.draft.value = { ...state.draft.value, memberId: id }
  state.phoneText.value = ''
  goTo('order')
}

/**
 * Down and up go from the search field through the cards and back, Enter in the field opens the only match or goes to
 * the first, or to the form of who is new; Escape leads back to the field, and empties it there.
 */
export function moveByKey(event: KeyboardEvent, place: HTMLElement, empty: () => void): void {
  // What chooses a word of an input method is none of ours.
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || !(event.target instanceof HTMLElement))
    return
  const field = place.querySelector('input')
  const cards = [...place.querySelectorAll<HTMLElement>('.member-card')]
  const links = cards.flatMap((card) => card.querySelector<HTMLElement>('[data-opens]') ?? [])
  const at = cards.findIndex((card) => card.contains(event.target as Node))
  const isField = event.target === field
  if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && (isField || at >= 0)) {
    const next = at + (event.key === 'ArrowDown' ? 1 : -1)
    if (next >= links.length || (isField && next < 0)) return
    ;(next < 0 ? field : links[next])?.focus()
  } else if (event.key === 'Enter' && isField) {
    if (links.length === 1) links[0]!.click()
    else (links[0] ?? place.querySelector<HTMLElement>('form input'))?.focus()
  } else if (event.key === 'Escape' && isField) empty()
  else if (event.key === 'Escape' && at >= 0) field?.focus()
  else return
  event.preventDefault()
}
