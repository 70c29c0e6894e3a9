/** `outpost mirror …`: the legacy tables that headquarters keeps in MySQL. Most of it needs the running node, which writes them. */
import { Command } from 'commander'
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
import { parseOnce, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { DEFAULT_MIRROR, type ParkedView, type RefusedChangeView } from '../../schemas/protocol/mirrors.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import { mirrorPlanCommands } from './mirror-plan-command.ts'
import { parkedInWords, refusedInWords, statusInWords, type ParkedList, type RefusedList } from './mirror-words.ts'
import { withLookFlags } from './run-lifecycle.ts'

interface MirrorFlags extends NodeFlags {
  readonly mirror?: string
}

type Call = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>

export function createMirrorCommand(): Command {
  const status = withLookFlags(new Command('status').description('how each mirror stands')).action((flags: NodeFlags) =>
    run(flags, (call) => call<MirrorStatus[]>('GET', '/api/mirrors'), statusInWords),
  )
  const parked = withMirror(
    new Command('parked').description('the documents that MySQL refused, with its reason'),
  ).action((flags: MirrorFlags) => run(flags, (call) => parkedOf(call, flags), parkedInWords))
  const refused = withMirror(
    new Command('refused').description('what other programs changed in the tables and could not be taken'),
  ).action((flags: MirrorFlags) => run(flags, (call) => refusedOf(call, flags), refusedInWords))
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
    .requiredOption('--table <name>', 'the table; the others that hold the same documents go with it', parseOnce)
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
  return withLookFlags(command).option('--mirror <name>', `which one (default: ${DEFAULT_MIRROR})`, parseOnce)
}

function addressOf({ mirror = DEFAULT_MIRROR }: MirrorFlags): string {
  return `/api/mirrors/${encodeURIComponent(mirror)}`
}

/** The node lists a thousand at most; its status counts all. */
async function parkedOf(call: Call, flags: MirrorFlags): Promise<ParkedList> {
  const { parked } = await call<{ parked: ParkedView[] }>('GET', `${addressOf(flags)}/parked`)
  const status = await statusOf(call, flags)
  return { parked, total: Math.max(parked.length, status?.parked ?? 0) }
}

async function refusedOf(call: Call, flags: MirrorFlags): Promise<RefusedList> {
  const { refused } = await call<{ refused: RefusedChangeView[] }>('GET', `${addressOf(flags)}/refused-changes`)
  const status = await statusOf(call, flags)
  return { refused, total: Math.max(refused.length, status?.capture?.refused ?? 0) }
}

async function statusOf(call: Call, { mirror = DEFAULT_MIRROR }: MirrorFlags): Promise<MirrorStatus | undefined> {
  return (await call<MirrorStatus[]>('GET', '/api/mirrors')).find(({ name }) => name === mirror)
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
