/** Facts side by side, each with what is to be said beside it. */
import type { ComponentChildren, JSX } from 'preact'

export function Facts({ children }: { children: ComponentChildren }): JSX.Element {
  return <dl class="sync-facts">{children}</dl>
}

export function Fact(props: {
  title: string
  children: ComponentChildren
  note?: ComponentChildren
  isBad?: boolean
  /** Nobody knows whether it is still so. */
  isOld?: boolean
  testId?: string
}): JSX.Element {
  return (
    <div data-testid={props.testId}>
      <dt>{props.title}</dt>
      <dd class={props.isBad ? 'bad' : props.isOld ? 'muted' : ''}>
        {props.children}
        {props.note !== undefined && props.note !== false && <small class="muted">{props.note}</small>}
      </dd>
    </div>
  )
}
