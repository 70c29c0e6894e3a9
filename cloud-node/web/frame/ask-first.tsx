/**
 * Asks before something is done that others notice, and says why where it did not work. A double press is one: the second
 * would answer what nobody has read yet.
 */
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import type { Answer, Failure } from './ask-node.ts'
import { c } from './console-words.ts'
import { FailureNotice } from './failure-notice.tsx'

export interface AskFirstProps<T> {
  readonly title: string
  /** What follows from it. */
  readonly children: ComponentChildren
  /** On the button. */
  readonly confirm: string
  /** Whether what is typed can be right; it is unless said. */
  readonly ready?: boolean
  readonly doIt: () => Promise<Answer<T>>
  readonly onDone: (value: T) => void
  readonly onClose: () => void
}

export function AskFirst<T>(props: AskFirstProps<T>): JSX.Element {
  const { ready = true } = props
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | undefined>(undefined)
  const go = async (): Promise<void> => {
    setBusy(true)
    setFailure(undefined)
    const answer = await props.doIt()
    setBusy(false)
    if (answer.ok) props.onDone(answer.value)
    else setFailure(answer.failure)
  }
  return (
    <Dialog label={props.title} class="console-dialog" testId="ask-first" onClose={props.onClose}>
      <h2>{props.title}</h2>
      <form
        class="stack"
        onClick={(event) => {
          if (event.detail > 1 && isSubmit(event.target)) event.preventDefault()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.repeat) event.preventDefault()
        }}
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy && ready) void go()
        }}
      >
        {props.children}
        <FailureNotice failure={failure} />
        <div class="row">
          <Button kind="primary" type="submit" disabled={busy || !ready} testId="ask-first-yes">
            {busy ? c('busy') : props.confirm}
          </Button>
          <Button testId="ask-first-no" onClick={props.onClose}>
            {c('cancel')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function isSubmit(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button[type=submit]') !== null
}
