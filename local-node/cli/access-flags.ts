/** What the commands for devices and staff have in common. */
import type { Command } from 'commander'
import { DEFAULT_DATA } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'

export interface AccessFlags {
  readonly data: string
  readonly json?: boolean
}

export interface Said {
  readonly result: unknown
  readonly words: string
}

export function withAccessFlags(command: Command): Command {
  return command
    .option('--data <folder>', 'the data folder of the node', DEFAULT_DATA.branch)
    .option('--json', 'print the result as one line of JSON')
}

export async function say({ json }: AccessFlags, work: () => Promise<Said>): Promise<void> {
  try {
    const { result, words } = await work()
    process.stdout.write(`${json ? JSON.stringify(result) : words}\n`)
  } catch (error) {
    process.exitCode = reportError(error, json)
  }
}
