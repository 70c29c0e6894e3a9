/** The member that somebody names by a phone or an id. */
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { askNode, tellNode, type Answer } from '../frame/ask-node.ts'
import { isPhoneTyped } from './member-text.ts'

export interface TypedMember {
  readonly typed: string
  /** Whose members a phone is looked for in; then in those of all branches. */
  readonly scope: string
}

export async function askTypedMember({ typed, scope }: TypedMember): Promise<Answer<MemberView>> {
  if (!isPhoneTyped(typed)) return askNode(`/api/members/${encodeURIComponent(typed)}`)
  // In a body: addresses stay in logs and histories.
  const own = await tellNode<MemberView>('/api/members/find', { phone: typed, scope })
  const isNobody = !own.ok && own.failure !== 'unreachable' && own.failure.code === 'MEMBER_UNKNOWN'
  return isNobody && scope !== 'shared' ? tellNode('/api/members/find', { phone: typed, scope: 'shared' }) : own
}

/** What a decision names: an id stays as it was typed, though it may lead elsewhere by now. */
export function namedMember({ typed }: TypedMember, found: MemberView): string {
  return isPhoneTyped(typed) ? found.id : typed
}
