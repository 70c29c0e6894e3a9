/** What was done about an exception, in words; with what is left of a document that was given up. */
import type { JSX } from 'preact'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { DiscardOutcome } from '../../../schemas/protocol/exceptions.ts'
import { x } from './exception-words.ts'

export interface Said {
  readonly tone: 'good' | 'bad'
  readonly text: string
  readonly discarded?: DiscardOutcome
}

export function SaidNotice({ said }: { said: Said }): JSX.Element {
  const { tone, text, discarded } = said
  if (!discarded) {
    return (
      <Notice tone={tone} testId="said">
        {text}
      </Notice>
    )
  }
  const copy = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(discarded, undefined, 2))}`
  const save = (
    <a
      class="button button-plain"
      href={copy}
      download={`${discarded.discarded.collection}-${discarded.discarded.id}.json`}
      data-testid="discarded-save"
    >
      {x('discarded.save')}
    </a>
  )
  return (
    <Notice tone={tone} testId="said" action={save}>
      {text}
    </Notice>
  )
}
