/** What a branch would ask headquarters for, without asking. */
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { maskPhone } from '../../schemas/phone.ts'
import type { MemberAction, MemberView } from '../../schemas/protocol/identity.ts'
import type { BranchMembers } from './member-node.ts'
import { wishInWords } from './member-request-words.ts'

/** The part of a request that is known before it is made. */
export interface RequestPreview extends Pick<RequestDocument, 'what' | 'memberId' | 'into' | 'to' | 'registrations'> {
  readonly dryRun: true
  /** The member that holds the wanted phone, as far as the branch knows. */
  readonly heldBy?: string
}

/** @throws OutpostError whatever asking would be refused with */
export async function previewRequest(
  members: BranchMembers,
  id: string,
  action: MemberAction,
): Promise<RequestPreview> {
  const member = await members.show(id)
  const own = member.registrations.map((one) => one.id)
  const foreign = action.do === 'split' ? action.registrations.find((one) => !own.includes(one)) : undefined
  if (foreign !== undefined) throw new OutpostError('MEMBER_CONFLICT', `the member has no registration ${foreign}`)
  if (action.do === 'share' && member.scope === SHARED_SCOPE) {
    throw new OutpostError('MEMBER_CONFLICT', 'the member is shared already')
  }
  if (action.do === 'revive') {
    throw new OutpostError('MEMBER_CONFLICT', 'only headquarters brings deleted members back')
  }
  const preview: RequestPreview = {
    dryRun: true,
    what: action.do,
    memberId: member.id,
    registrations: action.do === 'split' ? action.registrations : own,
  }
  if (action.do === 'merge') return { ...preview, into: (await members.show(action.into)).id }
  if (action.do !== 'phone') return preview
  const holder = await holderOf(members, member, action.to)
  return { ...preview, to: maskPhone(action.to), ...(holder !== undefined && { heldBy: holder }) }
}

export function previewInWords(preview: RequestPreview): string {
  const lines = [
    'dry run: nothing was asked; this would be asked for:',
    `  ${wishInWords({ ...NEVER_MADE, ...preview })}`,
  ]
  if (preview.heldBy !== undefined) {
    lines.push(`member ${preview.heldBy} holds that phone: headquarters would hold the request for a person`)
  }
  return lines.join('\n')
}

async function holderOf(members: BranchMembers, member: MemberView, phone: string): Promise<string | undefined> {
  const found = await members.find(phone)
  return found.find(({ id, scope }) => scope === member.scope && id !== member.id)?.id
}

const NEVER_MADE = { id: '', branchId: '', seen: 0, at: '' }
