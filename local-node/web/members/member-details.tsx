/** What is known about a member besides phone and balance, and the form that changes it. */
import { useSignal, type Signal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import type { MemberDocument } from '../../../schemas/collections/members.ts'
import type { AppState } from '../frame/app-state.ts'
import { LONGEST, readChanges, type EditedField, type FieldProblem, type Typed } from './member-changes.ts'
import { MemberPhones } from './member-phones.tsx'
import { TextArea } from './member-text-area.tsx'
import { changeMember } from './member-writes.ts'
import { t, type Word } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

const PROBLEM: Readonly<Record<FieldProblem, Word>> = {
  missing: 'members.name.missing',
  email: 'member.problem.email',
  birthday: 'member.problem.birthday',
}

export function MemberDetails({ state, member }: { state: AppState; member: MemberDocument }): JSX.Element {
  const editing = useSignal(false)
  const saved = useSignal(false)
  const card = useRef<HTMLDivElement>(null)
  const wasEditing = useRef(false)
  // Not later than the form is there: who is quick would be taken out of the field that they have chosen.
  useLayoutEffect(() => {
    // Whoever opens the form goes on in it, whoever closes it where they were.
    const next = editing.value ? 'input' : wasEditing.current ? '[data-testid="member-edit"]' : undefined
    if (next) card.current?.querySelector<HTMLElement>(next)?.focus()
    wasEditing.current = editing.value
  }, [editing.value])
  const close = (hasChanged: boolean) => {
    saved.value = hasChanged
    editing.value = false
  }
  return (
    <div ref={card} class="card stack" data-testid="member-details">
      <div class="row between">
        <h2>{t('member.details')}</h2>
        {!editing.value && (
          <Button testId="member-edit" onClick={() => (editing.value = true)}>
            {t('member.edit')}
          </Button>
        )}
      </div>
      {editing.value ? (
        <EditForm state={state} member={member} onClose={close} />
      ) : (
        <Facts member={member} saved={saved.value} />
      )}
    </div>
  )
}

function Facts({ member, saved }: { member: MemberDocument; saved: boolean }): JSX.Element {
  const { birthday, email, address, note, contactPhone, name } = member
  const facts: [Word, ComponentChildren][] = [
    ['member.birthday', birthday],
    ['member.contactPhone', contactPhone && <MemberPhones phones={[contactPhone]} name={name} />],
    ['member.email', email],
    ['member.address', address],
    ['member.note', note],
  ]
  const known = facts.filter(([, value]) => value)
  return (
    <>
      {known.length === 0 && <p class="muted">{t('member.details.none')}</p>}
      {known.length > 0 && (
        <dl class="member-about">
          {known.map(([word, value]) => (
            <div key={word}>
              <dt>{t(word)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p class="small member-good" role="status" data-testid="member-saved">
        {saved && t('member.saved')}
      </p>
    </>
  )
}

function EditForm(props: {
  state: AppState
  member: MemberDocument
  onClose: (hasChanged: boolean) => void
}): JSX.Element {
  const { state, member, onClose } = props
  const { store } = state
  const typed = useSignal<Typed>({})
  const tries = useSignal(0)
  const saving = useSignal(false)
  const error = useSignal<WriteFailure | undefined>(undefined)
  const form = useRef<HTMLFormElement>(null)
  const { change, problems } = readChanges(member, typed.value, store.clock.now().slice(0, 10))
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus(), [tries.value])
  const save = async (event: Event) => {
    event.preventDefault()
    tries.value++
    error.value = undefined
    if (Object.keys(problems).length > 0 || saving.value) return
    const hasChanged = Object.keys(change).length > 0
    saving.value = true
    try {
      if (hasChanged) await changeMember(store.members, member.id, change)
      onClose(hasChanged)
    } catch (failure) {
      error.value = failureInWords(failure)
    }
    saving.value = false
  }
  const field = (name: Exclude<EditedField, 'note'>, hint?: string) => (
    <Field
      label={name === 'name' ? t('members.name') : t(`member.${name}`)}
      {...inputOf(typed, member, name)}
      hint={hint}
      problem={tries.value > 0 && problems[name] ? t(PROBLEM[problems[name]]) : undefined}
    />
  )
  return (
    <form ref={form} class="stack" onSubmit={(event) => void save(event)} noValidate>
      {field('name')}
      <div class="member-pair">
        {field('birthday', t('member.birthday.hint'))}
        {field('email')}
      </div>
      {field('address')}
      <TextArea label={t('member.note')} {...inputOf(typed, member, 'note')} />
      <ErrorNotice error={error.value} testId="edit-failed" />
      <div class="row">
        <Button kind="primary" type="submit" disabled={saving.value} testId="edit-save">
          {t('member.save')}
        </Button>
        <Button kind="quiet" testId="edit-cancel" onClick={() => onClose(false)}>
          {t('member.cancel')}
        </Button>
      </div>
    </form>
  )
}

/** A field that nobody has touched shows what others write meanwhile. */
function inputOf(typed: Signal<Typed>, member: MemberDocument, field: EditedField) {
  return {
    value: typed.value[field] ?? member[field] ?? '',
    maxLength: LONGEST[field],
    testId: `edit-${field}`,
    onInput: (text: string) => {
      typed.value = { ...typed.value, [field]: text }
    },
  }
}
