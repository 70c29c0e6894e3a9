import type { ComponentChildren, JSX } from 'preact'

export interface ButtonProps {
  readonly children: ComponentChildren
  readonly onClick?: () => void
  readonly kind?: 'primary' | 'plain' | 'quiet'
  readonly type?: 'button' | 'submit'
  readonly disabled?: boolean
  readonly pressed?: boolean
  readonly label?: string
  /** Id of what is read out with it. */
  readonly describedBy?: string
  readonly testId?: string
}

/** At least 48 px high, since it is touched with wet fingers. */
export function Button(props: ButtonProps): JSX.Element {
  return (
    <button
      type={props.type ?? 'button'}
      class={`button button-${props.kind ?? 'plain'}`}
      disabled={props.disabled ?? false}
      aria-pressed={props.pressed}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      data-testid={props.testId}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  )
}
