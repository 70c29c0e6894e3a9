import type { JSX } from 'preact'
import { Notice } from './notice.tsx'

/** The stable code for the one who is called, the words for the one who calls. */
export function ErrorNotice(props: {
  error: { code?: string; message: string } | undefined
  testId?: string
}): JSX.Element | null {
  if (!props.error) return null
  return (
    <Notice tone="bad" {...(props.testId && { testId: props.testId })}>
      {props.error.message} {props.error.code && <code>{props.error.code}</code>}
    </Notice>
  )
}
