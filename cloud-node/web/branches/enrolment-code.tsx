/** The code that makes a PC this branch. It is here while this is open, and nowhere else. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { IssuedCode } from '../../../schemas/protocol/branches.ts'
import { c } from '../frame/console-words.ts'
import { b } from './branch-words.ts'

export function EnrolmentCode(props: { name: string; issued: IssuedCode; onClose: () => void }): JSX.Element {
  const { code, expiresAt } = props.issued
  const copied = useSignal<boolean | undefined>(undefined)
  const title = b('code.shown', { name: props.name })
  const copy = async (): Promise<void> => {
    // A browser may refuse it.
    copied.value = await navigator.clipboard.writeText(code).then(
      () => true,
      () => false,
    )
  }
  return (
    <Dialog label={title} class="console-dialog" testId="code-dialog" onClose={props.onClose}>
      <h2>{title}</h2>
      <code class="secret" data-testid="code">
        {code}
      </code>
      <p>
        {b('code.once')} {b('code.until', { time: formatTime(expiresAt) })}
      </p>
      <p>{b('code.there')}</p>
      <pre class="command">{`outpost branch enroll --cloud ${location.origin}\noutpost branch start`}</pre>
      {copied.value === false && (
        <Notice tone="busy" testId="code-by-hand">
          {b('code.by-hand')}
        </Notice>
      )}
      <div class="row">
        {/* A page without a secure context has no clipboard. */}
        {'clipboard' in navigator && (
          <Button testId="code-copy" onClick={() => void copy()}>
            {copied.value ? b('code.copied') : b('code.copy')}
          </Button>
        )}
        <Button kind="primary" testId="code-close" onClick={props.onClose}>
          {c('close')}
        </Button>
      </div>
    </Dialog>
  )
}
