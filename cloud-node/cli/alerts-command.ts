/** `outpost alerts …`: what wants a person's attention, on headquarters' running node. */
import { Command } from 'commander'
import { alertInWords, LEVEL_WORDS, ruleTitle } from '../../adapters/alerts/alert-words.ts'
import { EXIT } from '../../adapters/cli/exit-codes.ts'
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Alert, AlertsView } from '../../schemas/protocol/alerts.ts'
import { withLookFlags } from './run-lifecycle.ts'

type Call = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>

export function createAlertsCommand(): Command {
  const command = withLookFlags(new Command('alerts'))
    .description(
      'what wants attention, and who was told; ends with code 3 while nobody has acknowledged something of it',
    )
    .action((flags: NodeFlags) =>
      run(flags, async (call) => {
        const view = await call<AlertsView>('GET', '/api/alerts')
        print(flags.json ? JSON.stringify(view) : viewInWords(view))
        if (view.open.some(({ acknowledged }) => !acknowledged)) process.exitCode = EXIT.partly
      }),
    )
  const test = withLookFlags(new Command('test').argument('[channel]', 'its name; without it all of them'))
    .description('send a test message')
    .action((channel: string | undefined, _flags: NodeFlags, self: Command) => {
      const flags = self.optsWithGlobals<NodeFlags>()
      return run(flags, async (call) => {
        const { channels } = await call<{ channels: { channel: string; reason?: string }[] }>(
          'POST',
          '/api/alerts/test',
          channel === undefined ? {} : { channel },
        )
        const lines = channels.map(({ channel: name, reason }) => `${name}: ${reason ?? 'sent'}`)
        print(flags.json ? JSON.stringify(channels) : lines.join('\n'))
        if (channels.some(({ reason }) => reason !== undefined)) process.exitCode = EXIT.failed
      })
    })
  const acknowledge = withLookFlags(new Command('acknowledge').argument('<alert>', 'as `outpost alerts` names it'))
    .description('say that somebody sees to it: nobody is told of it again unless it becomes graver')
    .action((key: string, _flags: NodeFlags, self: Command) => {
      const flags = self.optsWithGlobals<NodeFlags>()
      return run(flags, async (call) => {
        const alert = await call<Alert>('POST', `/api/alerts/${encodeURIComponent(key)}/acknowledge`, {})
        print(flags.json ? JSON.stringify(alert) : alertLine(alert))
      })
    })
  return command.addCommand(test).addCommand(acknowledge)
}

function viewInWords({ open, channels }: AlertsView): string {
  const broken = channels.flatMap(({ name, lastError }) =>
    lastError ? [`channel ${name} could not be reached at ${lastError.at}: ${lastError.reason}`] : [],
  )
  return [open.length === 0 ? 'nothing wants attention' : open.map(alertLine).join('\n'), ...broken].join('\n')
}

function alertLine(alert: Alert): string {
  const { key, rule, level, since, acknowledged, untold } = alert
  const notes = [
    `${key}, since ${since}`,
    ...(acknowledged ? [`acknowledged by ${acknowledged.by}`] : []),
    ...untold.map(({ channel, reason }) => `${channel} not told: ${reason}`),
  ]
  return `${LEVEL_WORDS.en[level].padEnd(8)} ${ruleTitle(rule, 'en')}: ${alertInWords(alert, 'en')}\n         ${notes.join('; ')}`
}

async function run(flags: NodeFlags, act: (call: Call) => Promise<void>): Promise<void> {
  try {
    const node = await findRunningNode(flags.data)
    if (!node) {
      const message = `headquarters does not run on ${flags.data}; start it with \`outpost cloud start\`: it alone looks at the chain`
      throw new OutpostError('NODE_UNREACHABLE', message, { field: 'data' })
    }
    await act((method, path, body) => callNode(node, method, path, body))
  } catch (error) {
    process.exitCode = reportError(error, flags.json)
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
