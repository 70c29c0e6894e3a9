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

/**
 * Modal: what is behind it cannot be reached, and whatever had the focus has it again afterwards. A press beside it closes
 * it; one on its own margin does not, and marking text may end beside it.
 */
export function Dialog(props: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const beganBeside = useRef(false)
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
      onPointerDown={(event) => (beganBeside.current = isBeside(event, dialog.current))}
      onClick={(event) => {
        if (beganBeside.current && isBeside(event, dialog.current)) props.onClose()
      }}
    >
      {props.children}
    </dialog>
  )
}

/** What is beside a modal dialog belongs to it, but for its place. */
function isBeside({ target, clientX, clientY }: MouseEvent, dialog: HTMLDialogElement | null): boolean {
  if (!dialog || target !== dialog) return false
  const { left, right, top, bottom } = dialog.getBoundingClientRect()
  return clientX < left || clientX > right || clientY < top || clientY > bottom
}
