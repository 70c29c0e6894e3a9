import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export interface DialogProps {
  readonly label: string
  readonly children: ComponentChildren
  /** Also for Escape and a touch beside it. */
  readonly onClose: () => void
  readonly class?: string
  readonly testId?: string
}

/** Modal: what is behind it cannot be reached, and whatever had the focus has it again afterwards. */
export function Dialog(props: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    return () => dialog.current?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`card stack ${props.class ?? ''}`}
      aria-label={props.label}
      data-testid={props.testId}
      onClose={props.onClose}
      onClick={({ target }) => {
        if (target === dialog.current) props.onClose()
      }}
    >
      {props.children}
    </dialog>
  )
}
