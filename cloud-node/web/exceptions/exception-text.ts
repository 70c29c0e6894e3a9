/** An exception in words: what happened, why, what to do. The node's own words stand beside them. */
import { language } from '../../../adapters/ui/language.ts'
import type { ExceptionView } from '../../../schemas/protocol/exceptions.ts'
import { collectionName } from '../words.ts'
import { isWord, x } from './exception-words.ts'

/** @param branchName of the branch that it is about */
export function whatInWords({ direction, code }: ExceptionView, branchName: string): string {
  const what = direction === 'here' && code === 'LOST_FUTURE' ? 'lost' : direction
  return x(`what.${what}`, { branch: branchName })
}

/** The node's own reason where there are no words for the code. */
export function whyInWords({ code, reason }: Pick<ExceptionView, 'code' | 'reason'>): string {
  const word = `why.${code}`
  return isWord(word) ? x(word) : reason
}

export function remedyInWords({ code, waiting, direction }: ExceptionView): string {
  if (waiting) return x('do.wait')
  const word = `do.${code}`
  // What a program sent is nowhere here but in the exception.
  if (direction === 'client' && code !== 'ERASED' && code !== 'INTERNAL') return x('do.client')
  return isWord(word) ? x(word) : x('do.other')
}

export function documentInWords({ collection, documentId }: ExceptionView): string {
  return `${collectionName(collection, language.value)} ${documentId}`
}
