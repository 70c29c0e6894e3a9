/** The staff, and what a manager does about each. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { Choice } from '../../../adapters/ui/choice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { STAFF_ROLES, type StaffRole } from '../../../schemas/access.ts'
import { NAME_LENGTH, type StaffMember } from '../../../schemas/protocol/staff.ts'
import { newPinProblem, NewPinFields, NO_PIN } from './pin-field.tsx'
import type { Desk } from './staff-screen.tsx'
import { t } from '../words.ts'

export function StaffList({ staff, desk }: { staff: readonly StaffMember[]; desk: Desk }): JSX.Element {
  const adding = useSignal(false)
  const managers = staff.filter(({ role, closed }) => role === 'manager' && !closed)
  return (
    <div class="card stack">
      <div class="row between">
        <h3>{t('staff.title')}</h3>
        <Button pressed={adding.value} testId="staff-add" onClick={() => (adding.value = !adding.value)}>
          {t('staff.add')}
        </Button>
      </div>
      {adding.value && <AddForm desk={desk} onDone={() => (adding.value = false)} />}
      <ul class="requests">
        {staff.map((person) => (
          <li key={person.id}>
            <Person person={person} isOnlyManager={managers.length === 1 && managers[0] === person} desk={desk} />
          </li>
        ))}
      </ul>
    </div>
  )
}

/** @param props.isOnlyManager the node lets a branch have no fewer */
function Person(props: { person: StaffMember; isOnlyManager: boolean; desk: Desk }): JSX.Element {
  const { person, isOnlyManager, desk } = props
  const why = useId()
  const givesPin = useSignal(false)
  const { id, name, role, closed } = person
  const other = role === 'manager' ? 'cashier' : 'manager'
  return (
    <div class="stack" data-testid="staff-item">
      <div class="row between">
        <span>
          <strong>{name}</strong> <span class="muted">{t(`role.${role}`)}</span>{' '}
          {closed && <Badge tone="unknown">{t('staff.closed')}</Badge>}
        </span>
        <span class="row tight">
          {closed ? (
            <Button
              label={t('staff.reopen.label', { name })}
              testId="staff-reopen"
              onClick={() => void desk.act(`/api/staff/${id}/reopen`, {})}
            >
              {t('staff.reopen')}
            </Button>
          ) : (
            <>
              <Button
                label={t('staff.pin.label', { name })}
                pressed={givesPin.value}
                testId="staff-pin"
                onClick={() => (givesPin.value = !givesPin.value)}
              >
                {t('staff.pin')}
              </Button>
              <Button
                label={t('staff.role.label', { name, change: t(`staff.role.${other}`) })}
                testId="staff-role"
                {...(isOnlyManager && { disabled: true, describedBy: why })}
                onClick={() => void desk.act(`/api/staff/${id}/role`, { role: other })}
              >
                {t(`staff.role.${other}`)}
              </Button>
              <Button
                label={t('staff.close.label', { name })}
                testId="staff-close"
                {...(isOnlyManager && { disabled: true, describedBy: why })}
                onClick={() => void desk.act(`/api/staff/${id}/close`, {})}
              >
                {t('staff.close')}
              </Button>
            </>
          )}
        </span>
      </div>
      {isOnlyManager && (
        <small id={why} class="muted" data-testid="staff-only-manager">
          {t('refused.ACCOUNT_NEEDED')}
        </small>
      )}
      {givesPin.value && !closed && <PinForm id={id} role={role} desk={desk} onDone={() => (givesPin.value = false)} />}
    </div>
  )
}

function PinForm(props: { id: string; role: StaffRole; desk: Desk; onDone: () => void }): JSX.Element {
  const { id, role, desk, onDone } = props
  const pin = useSignal(NO_PIN)
  const tried = useSignal(false)
  const saving = useSignal(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    tried.value = true
    if (saving.value || newPinProblem(pin.value, role)) return
    saving.value = true
    const isDone = await desk.act(`/api/staff/${id}/pin`, { pin: pin.value.pin })
    saving.value = false
    if (isDone) onDone()
  }
  return (
    <form class="stack inset" onSubmit={(event) => void submit(event)} noValidate>
      <NewPinFields value={pin} role={role} tried={tried.value} testId="staff-new-pin" />
      <div class="row">
        <Button kind="primary" type="submit" disabled={saving.value} testId="staff-new-pin-submit">
          {t('staff.pin.submit')}
        </Button>
      </div>
    </form>
  )
}

function AddForm({ desk, onDone }: { desk: Desk; onDone: () => void }): JSX.Element {
  const name = useSignal('')
  const role = useSignal<StaffRole>('cashier')
  const pin = useSignal(NO_PIN)
  const tried = useSignal(false)
  const saving = useSignal(false)
  const missing = name.value.trim() === ''
  const submit = async (event: Event) => {
    event.preventDefault()
    tried.value = true
    if (saving.value || missing || newPinProblem(pin.value, role.value)) return
    saving.value = true
    const isDone = await desk.act('/api/staff', { name: name.value.trim(), role: role.value, pin: pin.value.pin })
    saving.value = false
    if (isDone) onDone()
  }
  return (
    <form class="stack inset" onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label={t('members.name')}
        value={name.value}
        problem={tried.value && missing ? t('members.name.missing') : undefined}
        autoFocus
        testId="staff-name"
        onInput={(text) => (name.value = text.slice(0, NAME_LENGTH))}
      />
      <Choice
        legend={t('staff.role')}
        name="role"
        value={role.value}
        options={STAFF_ROLES.map((value) => ({ value, words: t(`role.${value}`) }))}
        testId="staff-add"
        onChange={(value) => (role.value = value)}
      />
      <NewPinFields value={pin} role={role.value} tried={tried.value} testId="staff-add-pin" />
      <div class="row">
        <Button kind="primary" type="submit" disabled={saving.value} testId="staff-add-submit">
          {t('staff.add')}
        </Button>
      </div>
    </form>
  )
}
