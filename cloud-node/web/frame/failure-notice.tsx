/** Why something did not work, in words, with what to do and the code for the one who is called. */
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { Failure } from './ask-node.ts'
import { c, codeInWords } from './console-words.ts'

export function FailureNotice(props: {
  failure: Failure | undefined
  onAgain?: () => void
  testId?: string
}): JSX.Element | null {
  const { failure, onAgain, testId = 'failed' } = props
  if (!failure) return null
  const action = onAgain && { action: <Button onClick={onAgain}>{c('again')}</Button> }
  return (
    <Notice tone="bad" testId={testId} {...action}>
      {failure === 'unreachable'
        ? c(onAgain ? 'failed.unread' : 'failed.unreachable')
        : codeInWords(failure.code, failure.message)}{' '}
      {failure !== 'unreachable' && <code>{failure.code}</code>}
    </Notice>
  )
}
