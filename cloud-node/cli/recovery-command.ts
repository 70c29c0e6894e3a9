/** `outpost cloud recovery`: the time after headquarters was restored from a backup. */
import { Command } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import type { RecoveryStatus } from '../../schemas/protocol/status.ts'
import type { OnLifecycle } from './lifecycle-node.ts'
import { run, withLookFlags, withOrderFlags, type OrderFlags } from './run-lifecycle.ts'

export function createRecoveryCommand(onLifecycle: OnLifecycle): Command {
  const show = withLookFlags(new Command('show'))
    .description('since when headquarters waits, and for which branches')
    .action((flags: NodeFlags) =>
      run(onLifecycle, flags, {
        act: (node) => node.recovery(),
        inWords: ({ recovery }) => (recovery ? inWords(recovery) : 'headquarters waits for nobody'),
      }),
    )
  const end = withOrderFlags(new Command('end'))
    .description('wait no longer for branches that will not come back')
    .option('--yes', 'do not ask')
    .action((flags: OrderFlags) =>
      run(onLifecycle, flags, {
        question: async (node) => {
          const { recovery } = await node.recovery()
          if (!recovery) return undefined
          const missing = recovery.waitingFor.length > 0 ? recovery.waitingFor.join(', ') : 'no branch'
          return `Headquarters decides about members again without what only ${missing} may still know: decisions that it took before it was restored may be taken otherwise now. What they bring later is still merged.`
        },
        act: (node) => node.endRecovery(flags.dryRun ?? false),
        inWords: ({ dryRun, ended }) =>
          `${dryRun ? 'would end' : 'ended'} the recovery that began at ${ended.since}${missingInWords(ended)}`,
      }),
    )
  return new Command('recovery')
    .description('the time after headquarters was restored from a backup')
    .addCommand(show)
    .addCommand(end)
}

function inWords(recovery: RecoveryStatus): string {
  return [
    `headquarters was restored from a backup; since ${recovery.since} every branch offers everything again`,
    `until then it takes no new decision about members, and purges nothing${missingInWords(recovery)}`,
    'if those will never come back: outpost cloud branch retire <id>, or outpost cloud recovery end',
  ].join('\n')
}

function missingInWords({ waitingFor }: RecoveryStatus): string {
  return waitingFor.length > 0 ? `; missing: ${waitingFor.join(', ')}` : ''
}
