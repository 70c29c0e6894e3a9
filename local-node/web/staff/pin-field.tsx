/** A PIN in a form, typed twice where it is a new one: nobody sees what is typed. */
import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Field, type FieldProps } from '../../../adapters/ui/field.tsx'
import type { StaffRole } from '../../../schemas/access.ts'
import { pinProblem, PIN_LENGTHS } from '../../../schemas/protocol/staff.ts'
import { t } from '../words.ts'

export interface NewPin {
  readonly pin: string
  readonly again: string
}

export const NO_PIN: NewPin = { pin: '', again: '' }

/** `undefined` for one that can be taken. */
export function newPinProblem(
  { pin, again }: NewPin,
  role: StaffRole,
): { field: 'pin' | 'again'; text: string } | undefined {
  const problem = pinProblem(pin, role)
  if (problem) return { field: 'pin', text: t(`pin.${problem}`, { least: String(PIN_LENGTHS[role]) }) }
  return pin === again ? undefined : { field: 'again', text: t('pin.differs') }
}

/** @param props.tried whether problems are shown */
export function NewPinFields(props: {
  value: Signal<NewPin>
  role: StaffRole
  tried: boolean
  testId: string
}): JSX.Element {
  const { value, role, tried, testId } = props
  const problem = tried ? newPinProblem(value.value, role) : undefined
  return (
    <>
      <PinField
        label={t('pin.new')}
        hint={t('pin.hint', { least: String(PIN_LENGTHS[role]) })}
        value={value.value.pin}
        problem={problem?.field === 'pin' ? problem.text : undefined}
        testId={testId}
        onInput={(pin) => (value.value = { ...value.value, pin })}
      />
      <PinField
        label={t('pin.again')}
        value={value.value.again}
        problem={problem?.field === 'again' ? problem.text : undefined}
        testId={`${testId}-again`}
        onInput={(again) => (value.value = { ...value.value, again })}
      />
    </>
  )
}

export function PinField(
  props: Pick<FieldProps, 'label' | 'value' | 'onInput' | 'hint' | 'problem' | 'testId'>,
): JSX.Element {
  return <Field {...props} inputMode="numeric" maxLength={PIN_LENGTHS.most} masked take={onlyDigits} />
}

/** Chinese keyboards write wide digits. */
export function onlyDigits(typed: string): string {
  return typed.normalize('NFKC').replaceAll(/[^0-9]/g, '')
}
