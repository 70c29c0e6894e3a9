/** What the node did not do, as people read it. */
import { formatDuration } from '../../../adapters/ui/format.ts'
import type { NodeReply } from './ask-node.ts'
import { t } from '../words.ts'

const KNOWN = {
  ACCOUNT_EXISTS: 'refused.ACCOUNT_EXISTS',
  ACCOUNT_NEEDED: 'refused.ACCOUNT_NEEDED',
  FORBIDDEN: 'refused.FORBIDDEN',
  LOGIN_FAILED: 'refused.LOGIN_FAILED',
  LOGIN_NEEDED: 'refused.LOGIN_NEEDED',
  PAIRING_CODE: 'refused.PAIRING_CODE',
} as const

/** `undefined` where it was done. */
export function refusalInWords(reply: NodeReply<unknown>): { code?: string; message: string } | undefined {
  if (reply.kind === 'done') return undefined
  if (reply.kind !== 'refused') return { code: 'NODE_UNREACHABLE', message: t('refused.NODE_UNREACHABLE') }
  const { code, message, field, retryAfterS } = reply
  if (retryAfterS !== undefined) return { code, message: waitInWords(retryAfterS) }
  if (code === 'BAD_REQUEST' && field?.endsWith('name')) return { code, message: t('refused.name') }
  if (code === 'BAD_REQUEST' && field?.endsWith('pin')) return { code, message: t('refused.pin') }
  return { code, message: code in KNOWN ? t(KNOWN[code as keyof typeof KNOWN]) : message }
}

/** Rounded up: who waits that long may try. */
export function waitInWords(seconds: number): string {
  const whole = seconds > 60 ? Math.ceil(seconds / 60) * 60 : seconds
  return t('refused.wait', { time: formatDuration(whole * 1000) })
}
