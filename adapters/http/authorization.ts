/** What a request shows of who sent it, by RFC 9110 §11.6.2 and RFC 6750. */
import type { Request } from 'express'

export type Shown =
  | { readonly kind: 'proof'; readonly jws: string }
  | { readonly kind: 'bearer'; readonly token: string }
  /** A scheme that nobody here knows. */
  | { readonly kind: 'other' }
  | { readonly kind: 'nothing' }

export function readAuthorization(req: Request): Shown {
  const header = req.get('authorization')
  if (header === undefined) return { kind: 'nothing' }
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header.trim()) ?? []
  if (scheme.toLowerCase() === 'outpost') return { kind: 'proof', jws: value }
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: value }
  return { kind: 'other' }
}
