import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

export interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly hint?: ComponentChildren
  readonly problem?: string | undefined
  readonly type?: 'text' | 'tel' | 'search' | 'password'
  readonly inputMode?: 'text' | 'tel' | 'decimal' | 'search'
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
        // Preact's types tie each input type to its own roles; none is given here.
        type={(props.type ?? 'text') as 'text'}
        inputMode={props.inputMode ?? 'text'}
        value={props.value}
        placeholder={props.placeholder ?? ''}
        autocomplete={props.autoComplete ?? 'off'}
        autoFocus={props.autoFocus ?? false}
        aria-invalid={props.problem ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        data-testid={props.testId}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <small id={`${id}-note`} aria-live="polite">
        {note}
      </small>
    </div>
  )
}
