/** `outpost member …`: members at headquarters, where what is said is done, and at a branch, which asks for it. */
import { Command } from 'commander'
import { actionCommands } from './member-action-commands.ts'
import { auditCommand, registerCommand, requestsCommand, showCommand } from './member-look-commands.ts'
import type { StoppedDesks } from './member-node.ts'
import { decideCommand, reviewCommand } from './member-review-commands.ts'
import { processTerminal, type Terminal } from './member-terminal.ts'

export function createMemberCommand(stopped: StoppedDesks, terminal: Terminal = processTerminal): Command {
  const setting = { stopped, terminal }
  const command = new Command('member')
    .description('members at headquarters or a branch: find, register, join, correct, delete, erase, decide')
    .addHelpText(
      'after',
      '\nA phone is never an argument: it is asked for, or read from the standard input.\nHeadquarters does what it is told; a branch asks it, and `outpost member requests` says how that stands.',
    )
    .addCommand(showCommand(setting))
    .addCommand(registerCommand(setting))
  for (const action of actionCommands(setting)) command.addCommand(action)
  return command
    .addCommand(auditCommand(setting))
    .addCommand(reviewCommand(setting))
    .addCommand(decideCommand(setting))
    .addCommand(requestsCommand(setting))
}
