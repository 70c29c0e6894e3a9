/** `outpost mirror …`: the legacy tables that headquarters keeps in MySQL. Most of it needs the running node, which writes them. */
import { Command } from 'commander'
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  DEFAULT_MIRROR,
  type CaptureStatus,
  type ParkedView,
  type RefusedChangeView,
} from '../../schemas/protocol/mirrors.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import { mirrorPlanCommands } from './mirror-plan-command.ts'
import { withLookFlags } from './run-lifecycle.ts'

interface MirrorFlags extends NodeFlags {
  readonly mirror: string
}

type Call = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>

export function createMirrorCommand(): Command {
  const status = withLookFlags(new Command('status').description('how each mirror stands')).action((flags: NodeFlags) =>
    run(flags, (call) => call<MirrorStatus[]>('GET', '/api/mirrors'), statusInWords),
  )
  const parked = withMirror(
    new Command('parked').description('the documents that MySQL refused, with its reason'),
  ).action((flags: MirrorFlags) =>
    run(flags, (call) => call<{ parked: ParkedView[] }>('GET', `${addressOf(flags)}/parked`), parkedInWords),
  )
  const refused = withMirror(
    new Command('refused').description('what other programs changed in the tables and could not be taken'),
  ).action((flags: MirrorFlags) =>
    run(
      flags,
      (call) => call<{ refused: RefusedChangeView[] }>('GET', `${addressOf(flags)}/refused-changes`),
      refusedInWords,
    ),
  )
  const retry = withMirror(
    new Command('retry').description('write the refused documents again, as they are now'),
  ).action((flags: MirrorFlags) =>
    run(
      flags,
      (call) => call<{ tried: number; written: number }>('POST', `${addressOf(flags)}/retry`, {}),
      ({ tried, written }) => `${written} of ${tried} documents are written now`,
    ),
  )
  const rebuild = withMirror(
    new Command('rebuild').description('write a table anew from its documents, while the rest goes on'),
  )
    .requiredOption('--table <name>', 'the table; the others that hold the same documents go with it')
    .action((flags: MirrorFlags & { table: string }) =>
      run(
        flags,
        (call) => call<{ tables: string[] }>('POST', `${addressOf(flags)}/rebuild`, { table: flags.table }),
        ({ tables }) => `writing ${tables.join(', ')} anew; outpost mirror status says how far it is`,
      ),
    )
  const command = new Command('mirror')
    .description('the legacy tables that headquarters keeps in MySQL')
    .addCommand(status)
    .addCommand(parked)
    .addCommand(refused)
    .addCommand(retry)
    .addCommand(rebuild)
  for (const one of mirrorPlanCommands()) command.addCommand(one)
  for (const [verb, about] of [
    ['pause', 'write nothing more until it is resumed, also after a restart of the node'],
    ['resume', 'go on where it was paused'],
  ] as const) {
    command.addCommand(
      withMirror(new Command(verb).description(about)).action((flags: MirrorFlags) =>
        run(
          flags,
          (call) => call<MirrorStatus>('POST', `${addressOf(flags)}/${verb}`, {}),
          ({ name, state }) => `the mirror ${name} is ${state}`,
        ),
      ),
    )
  }
  return command
}

function withMirror(command: Command): Command {
  return withLookFlags(command).option('--mirror <name>', 'which one, where there are several', DEFAULT_MIRROR)
}

function addressOf({ mirror }: MirrorFlags): string {
  return `/api/mirrors/${encodeURIComponent(mirror)}`
}

async function run<T>(
  flags: NodeFlags,
  act: (call: Call) => Promise<T>,
  inWords: (result: T) => string,
): Promise<void> {
  try {
    const node = await findRunningNode(flags.data)
    if (!node) {
      const message = `headquarters does not run on ${flags.data}; start it with \`outpost cloud start\`: it alone writes the tables`
      throw new OutpostError('NODE_UNREACHABLE', message, { field: 'data' })
    }
    const result = await act((method, path, body) => callNode(node, method, path, body))
    process.stdout.write(`${flags.json ? JSON.stringify(result) : inWords(result)}\n`)
  } catch (error) {
    process.exitCode = reportError(error, flags.json)
  }
}

function statusInWords(mirrors: readonly MirrorStatus[]): string {
  if (mirrors.length === 0) return 'there is no mirror: no database is named, see docs/configuration.md'
  return mirrors
    .flatMap(({ name, state, lag, parked, rows, filling = [], capture, lastError }) => [
      `${name}: ${state}, ${lag} changes behind, ${parked} documents refused`,
      ...filling.map(({ collection, written }) => `  ${collection} is being written anew, ${written} documents so far`),
      ...(capture ? captureInWords(capture) : []),
      ...Object.entries(rows).map(([table, count]) => `  ${table.padEnd(22)} ${count} rows`),
      ...(lastError ? [`  last error: ${lastError.message} [${lastError.code}] at ${lastError.at}`] : []),
    ])
    .join('\n')
}

function parkedInWords({ parked }: { readonly parked: readonly ParkedView[] }): string {
  if (parked.length === 0) return 'MySQL has refused no document'
  return parked
    .map(({ collection, documentId, column, reason, at }) => {
      const where = column === undefined ? '' : ` (column ${column})`
      return `${collection} ${documentId}${where}: ${reason}, at ${at}`
    })
    .join('\n')
}

function captureInWords({ state, reason, lost, refused = 0 }: CaptureStatus): string[] {
  const why = reason === undefined ? '' : `: ${reason}`
  const since = lost?.since === undefined ? '' : ` between ${lost.since}`
  return [
    `  changes of others: ${state}, ${refused} refused${why}`,
    ...(lost ? [`  changes of others${since} and ${lost.until} are lost: ${lost.reason}`] : []),
  ]
}

function refusedInWords({ refused }: { readonly refused: readonly RefusedChangeView[] }): string {
  if (refused.length === 0) return 'no change of another program was refused'
  return refused
    .map(({ collection, documentId, table, column, reason, at }) => {
      const where = column === undefined ? table : `${table}.${column}`
      return `${collection} ${documentId}, change of ${where}: ${reason}, at ${at}`
    })
    .join('\n')
}
