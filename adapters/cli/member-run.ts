/** What all member commands have in common: their options, the node that they run on, what they print, what they refuse. */
import type { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { EXIT } from './exit-codes.ts'
import {
  withMembers,
  type BranchMembers,
  type HeadquartersMembers,
  type MemberNode,
  type StoppedDesks,
} from './member-node.ts'
import type { Terminal } from './member-terminal.ts'
import type { Answer } from './member-words.ts'
import { dataFlag, DEFAULT_DATA, jsonFlag, type NodeFlags } from './options.ts'
import { reportError } from './report-error.ts'

/** What the commands are made with. */
export interface MemberSetting {
  readonly stopped: StoppedDesks
  readonly terminal: Terminal
}

export function common(command: Command): Command {
  return command
    .addOption(dataFlag(DEFAULT_DATA.cloud, 'the data folder of headquarters or of a branch'))
    .addOption(jsonFlag())
}

/** @param work answers nothing if a person said no */
export async function runOnNode(
  { stopped }: MemberSetting,
  flags: NodeFlags,
  work: (node: MemberNode) => Promise<Answer | undefined>,
): Promise<void> {
  try {
    const answer = await withMembers(flags.data, stopped, work)
    if (answer) process.stdout.write(`${flags.json ? JSON.stringify(answer.json) : answer.words}\n`)
    else {
      process.stdout.write('nothing has changed\n')
      process.exitCode = EXIT.failed
    }
  } catch (error) {
    process.exitCode = reportError(error, flags.json)
  }
}

/** The command line is wrong, if there is a problem. */
export function refuse(command: Command, problem: string | undefined): void {
  if (problem !== undefined) command.error(`error: ${problem}`)
}

/** @throws OutpostError BAD_CONFIGURATION at a branch */
export function headquartersOnly(node: MemberNode, message: string): HeadquartersMembers {
  if (node.node === 'cloud') return node.members
  throw wrong('data', `this is the data folder of a branch: ${message}`)
}

/** @throws OutpostError BAD_CONFIGURATION at headquarters */
export function branchOnly(node: MemberNode, message: string): BranchMembers {
  if (node.node === 'branch') return node.members
  throw wrong('data', `this is the data folder of headquarters: ${message}`)
}

/** An option that does not fit the node. */
export function wrong(field: string, message: string): OutpostError {
  return new OutpostError('BAD_CONFIGURATION', message, { field })
}
