/** `outpost branch sync …`: look at synchronisation, turn it on or off, run a cycle, say what takes part and when. */
import { Command } from 'commander'
import { callNode, onNode } from '../../adapters/cli/node-client.ts'
import { DEFAULT_DATA, withNodeFlags, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import type { BranchOperations, SyncAction } from '../branch-operations.ts'
import type { SettingsChange } from '../sync/sync-settings.ts'
import { parseBandwidth, parseNames, parseWindow } from './sync-options.ts'
import { syncInWords } from './sync-words.ts'

/** The branch of a data folder whose node is stopped. */
type OpenStopped = (dataDir: string) => Promise<{ operations: BranchOperations; close: () => void }>

interface SetFlags extends NodeFlags {
  readonly window?: { from: string; to: string } | null
  readonly windowFor?: string[] | null
  readonly bandwidth?: number | null
}

export function createSyncCommand(openStopped: OpenStopped): Command {
  const run = async (flags: NodeFlags, action: SyncAction | 'show', change: SettingsChange = {}) => {
    try {
      const status = await ask(openStopped, flags.data, action, change)
      process.stdout.write(flags.json ? `${JSON.stringify(status)}\n` : `${syncInWords(status)}\n`)
      const { enabled, lastError } = status.sync
      if (action === 'now' && (!enabled || lastError)) process.exitCode = 1
    } catch (error) {
      process.exitCode = reportError(error, flags.json)
    }
  }
  const command = (name: string, description: string) =>
    withNodeFlags(new Command(name).description(description), DEFAULT_DATA.branch)
  const actions = [
    ['show', 'how synchronisation stands and what is set'],
    ['on', 'turn it on, and run a cycle'],
    ['off', 'turn it off; what is written waits'],
    ['now', 'run a cycle now'],
  ] as const
  const sync = new Command('sync').description(
    'look at synchronisation, turn it on or off, say what takes part and when',
  )
  for (const [name, description] of actions) {
    sync.addCommand(command(name, description).action((flags: NodeFlags) => run(flags, name)))
  }
  return sync
    .addCommand(
      command('suspend', 'leave collections out, with their whole class; others go on')
        .argument('<collection...>', 'such as products')
        .action((suspend: string[], flags: NodeFlags) => run(flags, 'set', { suspend })),
    )
    .addCommand(
      command('resume', 'let collections take part again')
        .argument('<collection...>', 'such as products')
        .action((resume: string[], flags: NodeFlags) => run(flags, 'set', { resume })),
    )
    .addCommand(
      command('set', 'when and how fast')
        .option('--window <from-to>', 'exchange bulk only then, such as 22:00-06:00; always takes it off', parseWindow)
        .option(
          '--window-for <collections>',
          'what waits for the window, with commas; default: all but members, requests, decisions',
          parseNames,
        )
        .option('--bandwidth <kB/s>', 'a cap on both ways together; unlimited takes it off', parseBandwidth)
        .action(({ window, windowFor, bandwidth, ...flags }: SetFlags) =>
          run(flags, 'set', {
            ...(window !== undefined && { window }),
            ...(windowFor !== undefined && { windowFor }),
            ...(bandwidth !== undefined && { bandwidth }),
          }),
        ),
    )
}

function ask(
  openStopped: OpenStopped,
  dataDir: string,
  action: SyncAction | 'show',
  change: SettingsChange,
): Promise<BranchNodeStatus> {
  return onNode<BranchNodeStatus>(
    dataDir,
    (running) => {
      if (action === 'show') return callNode(running, 'GET', '/api/status')
      if (action === 'now') return callNode(running, 'POST', '/api/sync', {})
      return callNode(running, 'POST', '/api/sync/settings', { action, ...change })
    },
    async () => {
      const { operations, close } = await openStopped(dataDir)
      try {
        return action === 'show' ? operations.status() : await operations.setSync(action, change)
      } finally {
        close()
      }
    },
  )
}
