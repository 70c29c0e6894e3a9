/** Changes of a member on this device, each as small as it is, so that what others change at the same time stays. */
import type { RxCollection } from 'rxdb'
import { MAX_FOLLOW_UPS, type FollowUp, type MemberDocument } from '../../../schemas/collections/members.ts'
import type { MemberChange } from './member-changes.ts'
import { withTag } from './member-tags.ts'

type Members = RxCollection<MemberDocument>

export function changeMember(members: Members, id: string, change: MemberChange): Promise<void> {
  return modify(members, id, (member) => {
    for (const [field, value] of Object.entries(change)) {
      if (value === undefined) delete member[field as keyof MemberChange & 'note']
      else member[field as keyof MemberChange] = value
    }
  })
}

export function addTag(members: Members, id: string, tag: string): Promise<void> {
  return modify(members, id, (member) => (member.tags = withTag(member.tags, tag)))
}

export function removeTag(members: Members, id: string, tag: string): Promise<void> {
  return modify(members, id, (member) => (member.tags = member.tags.filter((other) => other !== tag)))
}

/** One that was removed is added again as it was. */
export function addFollowUp(members: Members, id: string, followUp: FollowUp): Promise<void> {
  return modify(members, id, (member) => {
    if (member.followUps.length < MAX_FOLLOW_UPS) member.followUps = [...member.followUps, followUp]
  })
}

export function removeFollowUp(members: Members, id: string, followUpId: string): Promise<void> {
  return modify(members, id, (member) => {
    member.followUps = member.followUps.filter((other) => other.id !== followUpId)
  })
}

/** Where another tab has written meanwhile, it is done again on what that tab wrote. */
async function modify(members: Members, id: string, edit: (member: MemberDocument) => unknown): Promise<void> {
  const member = await members.findOne(id).exec()
  if (!member) throw new Error(`no member ${id}`)
  await member.incrementalModify((data) => {
    edit(data)
    return data
  })
}
