/** `outpost member phone`, `merge`, `delete` and the like: one thing done to a member, or asked for at a branch. */
import { Command } from 'commander'
import type { MemberAction } from '../../schemas/protocol/identity.ts'
import { act, type ActionFlags } from './member-actions.ts'
import { common, headquartersOnly, refuse, runOnNode, type MemberSetting } from './member-run.ts'
import { askForPhone, phoneAsId } from './member-terminal.ts'

interface GivenFlags extends ActionFlags {
  /** There where the command requires them. */
  readonly into: string
  readonly registration: string[]
}

export function actionCommands(setting: MemberSetting): Command[] {
  const action = (
    name: MemberAction['do'],
    description: string,
    actionOf: (flags: GivenFlags) => MemberAction | Promise<MemberAction>,
  ): Command =>
    common(new Command(name).argument('<id>', 'any id that the member ever had'))
      .description(description)
      .option('--dry-run', 'show what would happen, and change nothing')
      .option('--reason <text>', 'at a branch: what headquarters should know')
      .action((id: string, flags: GivenFlags, command: Command) => {
        const ids: (string | undefined)[] = [id, flags.into, ...(flags.registration ?? [])]
        refuse(
          command,
          ids.map(phoneAsId).find((problem) => problem !== undefined),
        )
        return runOnNode(setting, flags, async (node) => act(node, setting.terminal, id, await actionOf(flags), flags))
      })
  const simple = (name: 'share' | 'release' | 'delete' | 'erase', description: string): Command =>
    action(name, description, () => ({ do: name }))
  return [
    action('phone', 'give a member another phone; it is asked for, or read from the standard input', async () => ({
      do: 'phone',
      to: await askForPhone(setting.terminal, 'the new phone'),
    })),
    action('merge', 'two members are one person: the first becomes part of the other', ({ into }) => ({
      do: 'merge',
      into,
    })).requiredOption('--into <id>', 'the member that stays'),
    simple('share', 'every branch knows a private member from then on'),
    simple('release', 'the person has given the phone up: who registers it next is somebody else'),
    action(
      'split',
      'take registrations out of a member that was joined wrongly; `audit` shows them',
      ({ registration }) => ({ do: 'split', registrations: registration }),
    ).requiredOption('--registration <id...>', 'the registrations that are somebody else'),
    simple('delete', 'delete a member; the phone may be registered anew').option('--yes', 'do it without asking'),
    reviveCommand(setting),
    simple('erase', 'remove the personal data of a member everywhere and for good').option(
      '--yes',
      'do it without asking',
    ),
  ]
}

/** No branch asks for it: it knows nothing of deleted members. */
function reviveCommand(setting: MemberSetting): Command {
  return common(new Command('revive').argument('<id>', 'the deleted member'))
    .description('at headquarters: bring a deleted member back, with the phone if nobody has registered it since')
    .option('--dry-run', 'show what would happen, and change nothing')
    .action((id: string, flags: ActionFlags, command: Command) => {
      refuse(command, phoneAsId(id))
      return runOnNode(setting, flags, async (node) => {
        headquartersOnly(node, 'only headquarters brings deleted members back')
        return act(node, setting.terminal, id, { do: 'revive' }, flags)
      })
    })
}
