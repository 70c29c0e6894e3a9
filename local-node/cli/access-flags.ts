/** What the commands for devices and staff have in common. */
import type { Command } from 'commander'
import { DEFAULT_DATA, withNodeFlags, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'

export interface Said {
  readonly result: unknown
  readonly words: string
}

export function withAccessFlags(command: Command): Command {
  return withNodeFlags(command, DEFAULT_DATA.branch)
}

export async function say({ json }: NodeFlags, work: () => Promise<Said>): Promise<void> {
  try {
    const { result, words } = await work()
    process.stdout.write(`${json ? JSON.stringify(result) : words}\n`)
  } catch (error) {
    process.exitCode = reportError(error, json)
  }
}
