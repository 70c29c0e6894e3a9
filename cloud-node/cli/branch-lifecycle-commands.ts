/** `outpost cloud branch show`, `keep`, `replace`, `retire`, `revive`, `resnapshot`. */
import { Command } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import type { BranchDetail, BranchOutcome } from '../../schemas/protocol/branches.ts'
import { detailInWords, lastWord } from './branch-words.ts'
import type { BranchOrder, OnLifecycle } from './lifecycle-node.ts'
import { run, withLookFlags, withOrderFlags, type OrderFlags } from './run-lifecycle.ts'

export function branchLifecycleCommands(onLifecycle: OnLifecycle): Command[] {
  const show = withLookFlags(new Command('show').argument('<id>', 'the branch'))
    .description('everything that headquarters knows of a branch: its PCs, its last word, where it stands, its sales')
    .action((id: string, flags: NodeFlags) =>
      run(onLifecycle, flags, { act: (node) => node.show(id), inWords: detailInWords }),
    )
  const keep = withOrderFlags(new Command('keep').argument('<id>', 'the branch'))
    .description('say which of two PCs that say that they are the branch lives; the other one is refused for ever')
    .requiredOption('--pc <start>', 'the start of the one that lives, as `branch show` names it')
    .action((id: string, flags: OrderFlags & { pc: string }) =>
      run(onLifecycle, flags, {
        act: (node) => node.keep(id, flags.pc, flags.dryRun ?? false),
        inWords: ({ dryRun, detail }) => {
          const kept = detail.starts.find(({ epoch }) => epoch === flags.pc)
          const will = dryRun ? 'would live' : 'lives'
          return `${id}: ${kept?.host ?? flags.pc} ${will}; stop the other PC, it is not let in any more`
        },
      }),
    )
  const order = (
    [command, name]: readonly [string, BranchOrder],
    description: string,
    inWords: (id: string, outcome: BranchOutcome) => string,
    question?: (detail: BranchDetail) => string,
  ): Command => {
    const made = withOrderFlags(new Command(command).argument('<id>', 'the branch')).description(description)
    if (question) made.option('--yes', 'do not ask')
    return made.action((id: string, flags: OrderFlags) =>
      run(onLifecycle, flags, {
        ...(question && { question: async (node) => question(await node.show(id)) }),
        act: (node) => node.order(name, id, flags.dryRun ?? false),
        inWords: (outcome) => `${inWords(id, outcome)}${outcome.dryRun ? ' (nothing has changed)' : ''}`,
      }),
    )
  }
  return [
    show,
    keep,
    order(
      ['replace', 'replace'],
      'let a new PC be the branch; none that it was until now is let in again',
      (id) => `${id} waits for its new PC, which is enrolled with a code: outpost cloud branch code ${id}`,
      (detail) =>
        `A new PC becomes "${detail.branch.id}", and none that it was until now comes back. ${lastWord(detail)}`,
    ),
    order(
      ['retire', 'retire'],
      'expect a branch no more: it is refused, and nothing waits for it',
      (id) => `${id} is retired; it comes back with: outpost cloud branch revive ${id}`,
    ),
    order(
      ['revive', 'revive'],
      'expect a retired branch again; it takes everything anew',
      (id) => `${id} is expected again`,
    ),
    order(
      ['resnapshot', 'snapshot'],
      'let a branch take everything anew; what it has not sent yet is kept and sent',
      (id) => `${id} takes a fresh snapshot with its next heartbeat`,
    ),
  ]
}
