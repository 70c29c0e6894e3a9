/** What a person is told when something could not be written on this device: what is wrong, and what helps. */
import { t } from '../words.ts'
import { kindOfFailure } from './write-failure-kind.ts'

export interface WriteFailure {
  /** In the page's language. */
  readonly message: string
}

export function failureInWords(failure: unknown): WriteFailure {
  const kind = kindOfFailure(failure)
  if (kind !== 'failed') return { message: t(`write.${kind}`) }
  const message = failure instanceof Error ? failure.message : String(failure)
  return { message: t('write.failed', { message: message.split('\n')[0]! }) }
}
