import type { ComponentChildren, JSX } from 'preact'

export type Tone = 'good' | 'busy' | 'bad' | 'unknown' | 'neutral'

/** A state in a word; the dot repeats the colour as a shape for those who do not see it. */
export function Badge(props: {
  tone: Tone
  children: ComponentChildren
  title?: string
  testId?: string
}): JSX.Element {
  return (
    <span class={`badge badge-${props.tone}`} title={props.title} data-testid={props.testId}>
      <i aria-hidden="true" />
      <span>{props.children}</span>
    </span>
  )
}
