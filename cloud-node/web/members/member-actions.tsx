/** What headquarters decides about a member on this page: merge, release, split. Each shows what follows before it is done. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { AskMember } from './ask-member.tsx'
import { m } from './member-words.ts'
import { branchName, type MembersProps } from './members-props.ts'

type Action = 'merge' | 'release' | 'split'

/** @param props.onAsked whatever came of it: somebody else may have decided something meanwhile */
export function MemberActions(props: MembersProps & { member: MemberView; onAsked: () => void }): JSX.Element {
  const { member, onAsked, ...room } = props
  const { id, phones, registrations } = member
  const name = member.name || m('unnamed')
  const asked = useSignal<Action | undefined>(undefined)
  const into = useSignal('')
  const chosen = useSignal<readonly string[]>([])
  const begin = (action: Action): void => {
    into.value = ''
    chosen.value = []
    asked.value = action
  }
  const close = (): void => {
    asked.value = undefined
    onAsked()
  }
  const asking = { path: `/api/members/${encodeURIComponent(id)}/actions`, onClose: close }
  const done = (text: string): void => {
    close()
    room.onSay(text)
  }
  const choose = (registration: string, isChosen: boolean): void => {
    const others = chosen.value.filter((one) => one !== registration)
    chosen.value = isChosen ? [...others, registration] : others
  }
  const isSplit = chosen.value.length > 0 && chosen.value.length < registrations.length
  return (
    <section class="stack">
      <div class="row" data-testid="member-actions">
        <Button testId="do-merge" onClick={() => begin('merge')}>
          {m('merge')}
        </Button>
        {registrations.length > 1 && (
          <Button testId="do-split" onClick={() => begin('split')}>
            {m('split')}
          </Button>
        )}
        {phones.length > 0 && !member.released && (
          <Button testId="do-release" onClick={() => begin('release')}>
            {m('release')}
          </Button>
        )}
      </div>
      <p class="muted small">
        {m('one.elsewhere')} <code>outpost member --help</code>
      </p>
      {asked.value === 'merge' && (
        <AskMember
          {...asking}
          title={m('merge.title', { name })}
          confirm={m('merge')}
          decision={into.value.trim() === '' ? undefined : { do: 'merge' }}
          into={{ typed: into.value.trim(), scope: member.scope }}
          onDone={() => done(m('merge.done', { name }))}
        >
          <p>{m('merge.text')}</p>
          <Field
            label={m('merge.into')}
            value={into.value}
            maxLength={128}
            testId="merge-into"
            onInput={(text) => (into.value = text)}
          />
        </AskMember>
      )}
      {asked.value === 'release' && (
        <AskMember
          {...asking}
          title={m('release.title', { name })}
          confirm={m('release')}
          decision={{ do: 'release' }}
          onDone={() => done(m('release.done', { name }))}
        >
          <p>{m('release.text')}</p>
        </AskMember>
      )}
      {asked.value === 'split' && (
        <AskMember
          {...asking}
          ids={member.ids}
          title={m('split.title', { name })}
          confirm={m('split')}
          decision={isSplit ? { do: 'split', registrations: chosen.value } : undefined}
          onDone={(outcome) => done(m('split.done', { name, id: outcome.memberId }))}
        >
          <p>{m('split.text')}</p>
          <fieldset>
            <legend class="legend">{m('one.registrations')}</legend>
            {registrations.map(({ id: registration, branchId, at }) => (
              <label key={registration} class="check">
                <input
                  type="checkbox"
                  checked={chosen.value.includes(registration)}
                  data-testid={`split-${registration}`}
                  onChange={({ currentTarget }) => choose(registration, currentTarget.checked)}
                />
                <span class="member-room">
                  {branchName(room, branchId)}, {at === undefined ? m('one.unknown.at') : formatTime(at)}{' '}
                  <code>{registration}</code>
                </span>
              </label>
            ))}
          </fieldset>
        </AskMember>
      )}
    </section>
  )
}
