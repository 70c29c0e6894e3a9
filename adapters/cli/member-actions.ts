/** What is done to members: headquarters does it, a branch asks for it. */
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MemberAction, MemberView, ReviewAnswer } from '../../schemas/protocol/identity.ts'
import type { BranchMembers, HeadquartersMembers, MemberNode } from './member-node.ts'
import { previewInWords, previewRequest } from './member-preview.ts'
import { mayMerge, wishInWords } from './member-request-words.ts'
import { confirm, type Terminal } from './member-terminal.ts'
import { memberInShort, outcomeInWords, type Answer } from './member-words.ts'
import type { NodeFlags } from './options.ts'

export interface ActionFlags extends NodeFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly reason?: string
}

/** @returns nothing if a person said no */
export async function act(
  node: MemberNode,
  terminal: Terminal,
  id: string,
  action: MemberAction,
  flags: ActionFlags,
): Promise<Answer | undefined> {
  if (node.node === 'branch') return ask(node.members, terminal, id, action, flags)
  if (flags.reason !== undefined) {
    const message = 'a reason goes with a request of a branch; headquarters does what it is told'
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'reason' })
  }
  const question = GRAVE[action.do]
  if (question !== undefined && !flags.dryRun) {
    const member = await node.members.show(id)
    if (!(await confirm(terminal, question(member), flags))) return undefined
  }
  const outcome = await node.members.act(id, action, flags.dryRun)
  return { json: outcome, words: outcomeInWords(outcome) }
}

/** @returns nothing if a person said no */
export async function decide(
  members: HeadquartersMembers,
  terminal: Terminal,
  requestId: string,
  answer: ReviewAnswer,
  flags: ActionFlags,
): Promise<Answer | undefined> {
  const request = (await members.review()).find(({ id }) => id === requestId)
  // What is not there, or is decided already, the desk itself refuses.
  if (request) {
    if (answer.answer === 'merge' && !mayMerge(request)) {
      const message = `the request asks for ${wishInWords(request)}: grant or refuse it`
      throw new OutpostError('BAD_CONFIGURATION', message, { field: 'merge-into' })
    }
    const question = answer.answer === 'grant' && !request.held ? GRAVE[request.what as MemberAction['do']] : undefined
    if (question !== undefined && !flags.dryRun) {
      const member = await members.show(request.memberId)
      if (!(await confirm(terminal, question(member), flags))) return undefined
    }
  }
  const outcome = await members.decide(requestId, answer, flags.dryRun)
  const refused = answer.answer === 'refuse' && !flags.dryRun
  return { json: outcome, words: refused ? `refused ${requestId}` : outcomeInWords(outcome) }
}

async function ask(
  members: BranchMembers,
  terminal: Terminal,
  id: string,
  action: MemberAction,
  flags: ActionFlags,
): Promise<Answer | undefined> {
  if (flags.dryRun) {
    const preview = await previewRequest(members, id, action)
    return { json: preview, words: previewInWords(preview) }
  }
  const question = GRAVE[action.do]
  if (question !== undefined) {
    const asked = `${question(await members.show(id))} Headquarters is asked for it.`
    if (!(await confirm(terminal, asked, flags))) return undefined
  }
  const request = await members.request(id, action, flags.reason)
  return { json: request, words: askedInWords(request, flags.data) }
}

function askedInWords(request: RequestDocument, dataDir: string): string {
  return [
    `asked headquarters for ${wishInWords(request)} (request ${request.id})`,
    `it shows as pending until headquarters decides: outpost member requests --data ${dataDir}`,
  ].join('\n')
}

/** What cannot be taken back, or hardly. */
const GRAVE: Partial<Record<MemberAction['do'], (member: MemberView) => string>> = {
  delete: (member) =>
    `${memberInShort(member)} is deleted everywhere, and the phones may be registered by somebody else.`,
  erase: (member) =>
    `The personal data of ${memberInShort(member)} is erased everywhere and for good: nothing brings it back.`,
}
