/** A labelled text of several lines; hint and problem are read out with it. */
import type { JSX } from 'preact'
import { useId } from 'preact/hooks'

export function TextArea(props: {
  label: string
  value: string
  maxLength: number
  hint?: string | undefined
  testId?: string
  onInput: (text: string) => void
}): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <textarea
        id={id}
        rows={3}
        maxLength={props.maxLength}
        value={props.value}
        aria-describedby={props.hint ? `${id}-note` : undefined}
        data-testid={props.testId}
        onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
      />
      <small id={`${id}-note`} aria-live="polite">
        {props.hint}
      </small>
    </div>
  )
}
