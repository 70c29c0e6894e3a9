/** `outpost member show`, `register`, `audit` and `requests`: who is there, and what became of what was asked. */
import { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MemberView } from '../../schemas/protocol/identity.ts'
import type { MemberNode } from './member-node.ts'
import { requestsInWords } from './member-request-words.ts'
import { branchOnly, common, headquartersOnly, refuse, runOnNode, wrong, type MemberSetting } from './member-run.ts'
import { askForPhone, phoneAsId, type Terminal } from './member-terminal.ts'
import { auditInWords, memberInWords } from './member-words.ts'
import type { NodeFlags } from './options.ts'

interface ShowFlags extends NodeFlags {
  readonly phone?: boolean
  readonly scope?: string
}

export function showCommand(setting: MemberSetting): Command {
  return common(new Command('show').argument('[id]', 'any id that the member ever had'))
    .description('show a member: phones (masked), balance, registrations, the ids that stand for it')
    .option('--phone', 'whoever holds a phone; it is asked for, or read from the standard input')
    .option('--scope <branch>', 'at headquarters, with --phone: the private member of this branch')
    .action((id: string | undefined, flags: ShowFlags, command: Command) => {
      if (id !== undefined && flags.phone) refuse(command, 'an id or --phone, not both; the phone is asked for')
      if (id === undefined && !flags.phone) refuse(command, 'name the id of a member, or say --phone')
      refuse(command, phoneAsId(id))
      return runOnNode(setting, flags, async (node) => {
        const members = await find(node, setting.terminal, id, flags)
        const words = members.map(memberInWords)
        const [first] = members
        if (node.node === 'branch' && first && first.scope !== 'shared') {
          words.push(`this member is private; to share it: outpost member share ${first.id} --data ${flags.data}`)
        }
        return { json: flags.phone ? members : first, words: words.join('\n') }
      })
    })
}

export function registerCommand(setting: MemberSetting): Command {
  return common(new Command('register'))
    .description('at a branch: register a person; the phone is asked for, or read from the standard input')
    .requiredOption('--name <name>', 'what the person is called')
    .option('--private', 'only this branch and headquarters know the member')
    .action((flags: NodeFlags & { name: string; private?: boolean }) =>
      runOnNode(setting, flags, async (node) => {
        const members = branchOnly(node, 'members are registered at a branch')
        const phone = await askForPhone(setting.terminal, 'phone')
        const member = await members.register(flags.name, phone, flags.private === true)
        return { json: member, words: `registered ${memberInWords(member)}` }
      }),
    )
}

export function auditCommand(setting: MemberSetting): Command {
  return common(new Command('audit').argument('<id>', 'any id that the member ever had'))
    .description('at headquarters: what was joined to a member, with both sides as they were')
    .action((id: string, flags: NodeFlags, command: Command) => {
      refuse(command, phoneAsId(id))
      return runOnNode(setting, flags, async (node) => {
        const entries = await headquartersOnly(node, 'headquarters keeps the audit').audit(id)
        return { json: entries, words: auditInWords(id, entries) }
      })
    })
}

export function requestsCommand(setting: MemberSetting): Command {
  return common(new Command('requests'))
    .description('at a branch: what it has asked headquarters for, and how that stands')
    .action((flags: NodeFlags) =>
      runOnNode(setting, flags, async (node) => {
        const message = 'branches ask; what waits at headquarters: outpost member review'
        const requests = await branchOnly(node, message).requests()
        return { json: requests, words: requestsInWords(requests) }
      }),
    )
}

async function find(
  node: MemberNode,
  terminal: Terminal,
  id: string | undefined,
  { phone: byPhone, scope }: ShowFlags,
): Promise<MemberView[]> {
  if (scope !== undefined && (!byPhone || node.node === 'branch')) {
    throw wrong('scope', 'a scope goes with --phone at headquarters; a branch looks among its own and the shared ones')
  }
  if (id !== undefined) return [await node.members.show(id)]
  const phone = await askForPhone(terminal, 'phone')
  if (node.node === 'cloud') return [await node.members.find(phone, scope)]
  const found = await node.members.find(phone)
  if (found.length === 0) throw new OutpostError('MEMBER_UNKNOWN', 'nobody that this branch knows holds this number')
  return found
}
