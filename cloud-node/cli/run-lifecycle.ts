/** How the commands for branches, recoveries and programs run: ask where it is grave, do it, print it. */
import type { Command } from 'commander'
import { EXIT } from '../../adapters/cli/exit-codes.ts'
import { confirm, processTerminal } from '../../adapters/cli/member-terminal.ts'
import { DEFAULT_DATA, withNodeFlags, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import type { LifecycleNode, OnNode } from './lifecycle-node.ts'

export interface OrderFlags extends NodeFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

export function withLookFlags(command: Command): Command {
  return withNodeFlags(command, DEFAULT_DATA.cloud)
}

export function withOrderFlags(command: Command): Command {
  return withLookFlags(command).option('--dry-run', 'change nothing: show what it would be like')
}

export interface Order<T, Node = LifecycleNode> {
  /** What is asked before it is done; nothing where it is not grave. */
  readonly question?: (node: Node) => Promise<string | undefined>
  readonly act: (node: Node) => Promise<T>
  readonly inWords: (result: T) => string
}

export async function run<T, Node>(onNode: OnNode<Node>, flags: OrderFlags, order: Order<T, Node>): Promise<void> {
  try {
    await onNode(flags.data, async (node) => {
      const question = flags.dryRun ? undefined : await order.question?.(node)
      if (question !== undefined && !(await confirm(processTerminal, question, flags))) {
        process.stdout.write('nothing has changed\n')
        process.exitCode = EXIT.failed
        return
      }
      const result = await order.act(node)
      process.stdout.write(`${flags.json ? JSON.stringify(result) : order.inWords(result)}\n`)
    })
  } catch (error) {
    process.exitCode = reportError(error, flags.json)
  }
}
