import type { Failure } from '../frame/ask-node.ts'
import { d } from './dashboard-words.ts'

const KNOWN = ['MIRROR_UNAVAILABLE', 'MIRROR_TABLES', 'TOO_BUSY', 'LOGIN_NEEDED'] as const

/** What whoever looks at figures can make of it; the node's own words only where there are no others. */
export function failureInWords(failure: Failure): string {
  if (failure === 'unreachable') return d('failed.unreachable')
  const known = KNOWN.find((code) => code === failure.code)
  return known ? d(`failed.${known}`) : d('failed.other', { message: failure.message })
}
