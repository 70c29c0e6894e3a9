import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

export interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: ComponentChildren
  readonly problem?: string | undefined
  readonly type?: 'text' | 'tel' | 'search' | 'password'
  readonly inputMode?: 'text' | 'tel' | 'decimal' | 'numeric' | 'search'
  readonly maxLength?: number
  /** Nobody sees what is typed; unlike with a password, no browser offers to keep it. */
  readonly masked?: boolean
  /** What is taken of a typed text; the rest never stands in the field. */
  readonly take?: (typed: string) => string
  readonly placeholder?: string
  readonly autoFocus?: boolean
  /** What a browser may fill in; nothing unless given. */
  readonly autoComplete?: 'username' | 'current-password' | 'new-password'
  readonly testId?: string
}

/** A labelled input; hint and problem are read out with it. */
export function Field(props: FieldProps): JSX.Element {
  const id = useId()
  const note = props.problem ?? props.hint
  return (
    <div class={props.problem ? 'field field-problem' : 'field'}>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class={props.masked ? 'masked' : undefined}
        // Preact's types tie each input type to its own roles; none is given here.
        type={(props.type ?? 'text') as 'text'}
        inputMode={props.inputMode ?? 'text'}
        maxLength={props.maxLength}
        value={props.value}
        placeholder={props.placeholder ?? ''}
        autocomplete={props.autoComplete ?? 'off'}
        autoFocus={props.autoFocus ?? false}
        aria-invalid={props.problem ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        data-testid={props.testId}
        onInput={({ currentTarget }) => props.onInput(takenFrom(currentTarget, props.take))}
      />
      <small id={`${id}-note`} aria-live="polite">
        {note}
      </small>
    </div>
  )
}

/** The text of an input after what `take` leaves out is gone from it. */
export function takenFrom(input: HTMLInputElement, take: FieldProps['take']): string {
  const taken = take?.(input.value) ?? input.value
  // A value that stays the same is not rendered again.
  if (input.value !== taken) input.value = taken
  return taken
}
