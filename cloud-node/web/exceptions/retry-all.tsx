/** Has all that wait for a person tried again, of what is chosen. */
import type { JSX } from 'preact'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import type { RetryAllOutcome } from '../../../schemas/protocol/exceptions.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { collectionName } from '../words.ts'
import { x } from './exception-words.ts'

export interface RetryAllProps {
  /** Empty for all. */
  readonly branch: string
  readonly collection: string
  readonly nameOf: (branch: string) => string
  readonly onDone: (text: string) => void
  readonly onClose: () => void
}

export function RetryAll({ branch, collection, nameOf, onDone, onClose }: RetryAllProps): JSX.Element {
  const filter = { ...(branch !== '' && { branch }), ...(collection !== '' && { collection }) }
  const which = {
    branch: branch === '' ? x('all.any') : nameOf(branch),
    collection: collection === '' ? x('all.every') : collectionName(collection, language.value),
  }
  return (
    <AskFirst<RetryAllOutcome>
      title={x('all.title')}
      confirm={x('all.retry')}
      doIt={() => tellNode('/api/exceptions/retry', filter)}
      onDone={({ retried, refused, skipped }) =>
        onDone(
          x('all.done', {
            retried: formatNumber(retried),
            refused: formatNumber(refused),
            skipped: formatNumber(skipped),
          }),
        )
      }
      onClose={onClose}
    >
      <p>{x('all.text', which)}</p>
    </AskFirst>
  )
}
