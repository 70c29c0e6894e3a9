/** `outpost member review` and `decide`: what waits for a person at headquarters, and the person's answer. */
import { Command } from 'commander'
import type { ReviewAnswer } from '../../schemas/protocol/identity.ts'
import { decide, type ActionFlags } from './member-actions.ts'
import { reviewInWords } from './member-request-words.ts'
import { common, headquartersOnly, refuse, runOnNode, type MemberSetting } from './member-run.ts'
import type { NodeFlags } from './options.ts'
import { phoneAsId } from './member-terminal.ts'

interface DecideFlags extends ActionFlags {
  readonly grant?: boolean
  readonly mergeInto?: string
  readonly refuse?: boolean
}

export function reviewCommand(setting: MemberSetting): Command {
  return common(new Command('review'))
    .description('at headquarters: what waits for a person, and what can be decided')
    .option('--all', 'what was decided too')
    .action((flags: NodeFlags & { all?: boolean }) =>
      runOnNode(setting, flags, async (node) => {
        const members = headquartersOnly(node, 'headquarters reviews; what this branch asked: outpost member requests')
        const requests = await members.review(flags.all)
        return { json: requests, words: reviewInWords(requests, flags.all === true) }
      }),
    )
}

export function decideCommand(setting: MemberSetting): Command {
  return common(new Command('decide').argument('<request>', 'as `outpost member review` names it'))
    .description('at headquarters: answer a request that waits; say one of --grant, --merge-into and --refuse')
    .option('--grant', 'do what is asked')
    .option('--merge-into <member>', 'it is a member that is there already')
    .option('--refuse', 'do not')
    .option('--reason <text>', 'with --refuse: what the branch is told')
    .option('--dry-run', 'show what would happen, and change nothing')
    .option('--yes', 'delete or erase without asking')
    .action((id: string, flags: DecideFlags, command: Command) => {
      refuse(command, problemOf(flags) ?? phoneAsId(id) ?? phoneAsId(flags.mergeInto))
      return runOnNode(setting, flags, async (node) => {
        const members = headquartersOnly(node, 'only headquarters decides')
        return decide(members, setting.terminal, id, answerOf(flags), flags)
      })
    })
}

function problemOf({ grant, mergeInto, refuse: refuses, reason }: DecideFlags): string | undefined {
  const given = [grant, mergeInto, refuses].filter((one) => one !== undefined)
  if (given.length !== 1) return 'say one of --grant, --merge-into <member> and --refuse'
  return reason !== undefined && !refuses ? 'a reason goes with --refuse' : undefined
}

function answerOf({ mergeInto, refuse: refuses, reason }: DecideFlags): ReviewAnswer {
  if (refuses) return { answer: 'refuse', ...(reason !== undefined && { reason }) }
  return mergeInto === undefined ? { answer: 'grant' } : { answer: 'merge', into: mergeInto }
}
