/** A person who is new: name, who may see the member, and what is told besides. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Choice } from '../../../adapters/ui/choice.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { AppState } from '../frame/app-state.ts'
import { LONGEST, readBirthday } from './member-changes.ts'
import { spacedPhone } from './member-phone-text.ts'
import { knownTags, noteTags, offeredTags, readTags } from './member-tags.ts'
import { TextArea } from './member-text-area.tsx'
import { randomId } from '../../../adapters/ui/random.ts'
import { registerHere } from './register-here.ts'
import { t } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

export interface RegisterProps {
  readonly state: AppState
  readonly phone: E164Phone
  /** What was typed beside the phone. */
  readonly name: string
  readonly onDone: () => void
}

export function RegisterForm({ state, phone, name: typedName, onDone }: RegisterProps): JSX.Element {
  const { store, here } = state
  const ownName = useSignal<string | undefined>(undefined)
  const name = (ownName.value ?? typedName).trim()
  const scope = useSignal<'shared' | 'private'>('shared')
  const birthday = useSignal('')
  const tags = useSignal('')
  const note = useSignal('')
  const tries = useSignal(0)
  const saving = useSignal(false)
  const error = useSignal<WriteFailure | undefined>(undefined)
  const day = readBirthday(birthday.value, store.clock.now().slice(0, 10))
  const isBadDay = birthday.value.trim() !== '' && day === undefined
  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus(), [tries.value])
  const register = async (event: Event) => {
    event.preventDefault()
    tries.value++
    if (name === '' || isBadDay || saving.value) return
    saving.value = true
    error.value = undefined
    const { branchId } = store.session
    const own = readTags(tags.value)
    const text = note.value.trim()
    const member = registerHere(here.value, {
      name,
      scope: scope.value === 'shared' ? SHARED_SCOPE : branchId,
      phone,
      branchId,
      registrationId: randomId(),
      at: store.clock.now(),
      more: { ...(day && { birthday: day }), ...(text && { note: text }), ...(own.length > 0 && { tags: own }) },
    })
    try {
      // Nothing to write where somebody holds the number by now: that member is shown instead.
      if (member) await store.members.insert(member)
      noteTags(own)
      onDone()
    } catch (failure) {
      // Another tab may have been quicker: then the member is there and is shown.
      if (!member || !(await store.members.findOne(member.id).exec())) error.value = failureInWords(failure)
    }
    saving.value = false
  }
  return (
    <form ref={form} class="card stack" onSubmit={(event) => void register(event)} noValidate>
      <div>
        <h2>{t('members.new')}</h2>
        <p class="muted">{t('members.new.text', { phone: spacedPhone(phone) })}</p>
      </div>
      <Field
        label={t('members.name')}
        value={ownName.value ?? typedName}
        problem={tries.value > 0 && name === '' ? t('members.name.missing') : undefined}
        maxLength={LONGEST.name}
        testId="register-name"
        onInput={(text) => (ownName.value = text)}
      />
      <Choice
        legend={t('members.scope')}
        name="scope"
        value={scope.value}
        options={[
          { value: 'shared', words: t('members.shared') },
          { value: 'private', words: t('members.private') },
        ]}
        testId="register"
        onChange={(value) => (scope.value = value)}
      />
      <details class="member-more">
        <summary data-testid="register-more">{t('members.more')}</summary>
        <div class="stack">
          <Field
            label={t('member.birthday')}
            value={birthday.value}
            hint={t('member.birthday.hint')}
            problem={tries.value > 0 && isBadDay ? t('member.problem.birthday') : undefined}
            maxLength={LONGEST.birthday}
            testId="register-birthday"
            onInput={(text) => (birthday.value = text)}
          />
          <Field
            label={t('member.tags')}
            value={tags.value}
            hint={tagsHint(readTags(tags.value))}
            maxLength={1000}
            testId="register-tags"
            onInput={(text) => (tags.value = text)}
          />
          <TextArea
            label={t('member.note')}
            value={note.value}
            maxLength={LONGEST.note}
            testId="register-note"
            onInput={(text) => (note.value = text)}
          />
        </div>
      </details>
      <ErrorNotice error={error.value} testId="register-failed" />
      <div class="row">
        <Button kind="primary" type="submit" disabled={saving.value} testId="register-submit">
          {t('members.register')}
        </Button>
      </div>
    </form>
  )
}

function tagsHint(typed: readonly string[]): string {
  const used = offeredTags(knownTags(), typed, '').slice(0, 4)
  return used.length === 0 ? t('members.tags.hint') : t('members.tags.used', { tags: used.join(' · ') })
}
