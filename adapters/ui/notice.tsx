import type { ComponentChildren, JSX } from 'preact'

export interface NoticeProps {
  readonly tone: 'bad' | 'busy' | 'good' | 'neutral'
  readonly children: ComponentChildren
  readonly action?: ComponentChildren
  readonly testId?: string
}

/** Something that a person must learn; read out when it appears. */
export function Notice(props: NoticeProps): JSX.Element {
  return (
    <div
      class={`notice notice-${props.tone}`}
      role={props.tone === 'bad' ? 'alert' : 'status'}
      data-testid={props.testId}
    >
      <div>{props.children}</div>
      {props.action}
    </div>
  )
}
