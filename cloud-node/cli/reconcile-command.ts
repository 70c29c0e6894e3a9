/** `outpost reconcile …`: whether MySQL holds what the documents say, on headquarters' running node. */
import { setTimeout as delay } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { EXIT } from '../../adapters/cli/exit-codes.ts'
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
import { collectNames, parseOnce, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { ReconcileReport, ReconcileRun, ReconcileScope } from '../../schemas/protocol/reconciliation.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import { reportInWords, runInWords } from './reconcile-words.ts'
import { withLookFlags } from './run-lifecycle.ts'

interface BeginFlags extends NodeFlags {
  readonly mirror?: readonly string[]
  readonly table?: readonly string[]
  readonly branch?: string
  readonly date?: string
  readonly dryRun?: boolean
}

/** As `POST /api/reconcile` takes it: one mirror, and one table or all. */
interface Wanted extends ReconcileScope {
  readonly mirror?: string | undefined
  readonly dryRun?: boolean | undefined
}

type Call = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>

const POLL_MS = 300

export function createReconcileCommand(): Command {
  const command = withLookFlags(new Command('reconcile'))
    .description("compare MySQL's rows with the documents, and repair those that differ")
    .option('--mirror <name>', 'only this mirror; may be repeated', collectNames)
    .option(
      '--table <name>',
      'only this table, with the others that hold the same documents; may be repeated',
      collectNames,
    )
    .option('--branch <id>', "only a branch's own documents", parseOnce)
    .option('--date <day>', 'only documents that name this day, in UTC, such as 2026-03-01', parseDay)
    .option('--dry-run', 'change nothing: show what differs')
    .action((flags: BeginFlags) => run(flags, (call) => compareAll(call, flags)))
  const runs = withLookFlags(new Command('runs').description('the last comparisons, newest first')).action(
    (_flags: NodeFlags, self: Command) => {
      const flags = self.optsWithGlobals<NodeFlags>()
      return run(flags, async (call) => {
        const { runs: found } = await call<{ runs: ReconcileRun[] }>('GET', '/api/reconcile')
        const lines = found.map(runInWords).join('\n')
        print(flags.json ? JSON.stringify(found) : lines === '' ? 'nothing has been compared yet' : lines)
      })
    },
  )
  const show = withLookFlags(new Command('show').argument('<run>', 'its number', parseRun))
    .description('one of them, with what differed and why')
    .action((id: number, _flags: NodeFlags, self: Command) => {
      const flags = self.optsWithGlobals<NodeFlags>()
      return run(flags, async (call) => tell(flags, await call<ReconcileReport>('GET', `/api/reconcile/${id}`)))
    })
  const approve = withLookFlags(new Command('approve').argument('<run>', 'its number', parseRun))
    .description('repair what a comparison has left to a person')
    .action((id: number, _flags: NodeFlags, self: Command) => {
      const flags = self.optsWithGlobals<NodeFlags>()
      return run(flags, async (call) => follow(call, flags, await call('POST', `/api/reconcile/${id}/approve`, {})))
    })
  const stop = withLookFlags(
    new Command('stop').argument('[run]', 'its number; without it the one under way', parseRun),
  )
    .description('end a comparison; what it has found is kept')
    .action((id: number | undefined, _flags: NodeFlags, self: Command) => {
      const flags = self.optsWithGlobals<NodeFlags>()
      return run(flags, async (call) => {
        const stopped = await call<ReconcileRun>('POST', `/api/reconcile/${id ?? (await underWay(call))}/stop`, {})
        print(flags.json ? JSON.stringify(stopped) : runInWords(stopped))
      })
    })
  return command.addCommand(runs).addCommand(show).addCommand(approve).addCommand(stop)
}

async function underWay(call: Call): Promise<number> {
  const { runs } = await call<{ runs: ReconcileRun[] }>('GET', '/api/reconcile')
  const found = runs.find(({ state }) => state === 'running')
  if (!found) throw new OutpostError('NOT_FOUND', 'no comparison is under way', { field: 'run' })
  return found.id
}

/** One mirror after the other, and in it one table after the other: the node makes one comparison at a time. */
async function compareAll(call: Call, flags: BeginFlags): Promise<void> {
  const { table, branch, date, dryRun } = flags
  const mirrors = flags.mirror ?? (await call<MirrorStatus[]>('GET', '/api/mirrors')).map(({ name }) => name)
  // Where there is none the node says so.
  const wanted = (mirrors.length > 0 ? mirrors : [undefined]).flatMap((mirror) =>
    (table ?? [undefined]).map((one): Wanted => ({ mirror, table: one, branch, date, dryRun })),
  )
  let hasBegun = false
  const unknown = new Map<string | undefined, OutpostError[]>()
  for (const one of wanted) {
    try {
      await follow(call, flags, await begin(call, one, hasBegun))
      hasBegun = true
    } catch (error) {
      // A table is perhaps another mirror's alone.
      if (!(flags.mirror === undefined && isNoTable(error))) throw error
      unknown.set(one.table, [...(unknown.get(one.table) ?? []), error])
    }
  }
  const nowhere = [...unknown.values()].find((errors) => errors.length === mirrors.length)
  if (nowhere) throw nowhere[0]!
}

function isNoTable(error: unknown): error is OutpostError {
  return error instanceof OutpostError && error.code === 'NOT_FOUND' && error.field === 'table'
}

/** @param waits for what the schedule has begun between two of a command's own */
async function begin(call: Call, wanted: Wanted, waits: boolean): Promise<ReconcileRun> {
  for (;;) {
    try {
      return await call<ReconcileRun>('POST', '/api/reconcile', wanted)
    } catch (error) {
      if (!(waits && error instanceof OutpostError && error.code === 'RECONCILING')) throw error
    }
    await delay(POLL_MS)
  }
}

/** Waits for its end. */
async function follow(call: Call, flags: NodeFlags, begun: ReconcileRun): Promise<void> {
  for (let shown = ''; ;) {
    const report = await call<ReconcileReport>('GET', `/api/reconcile/${begun.id}`)
    if (report.state !== 'running') return tell(flags, report)
    const { documents, of, different } = report
    const now = `${documents}${of === undefined ? '' : ` of ${of}`} documents, ${different} differ`
    if (!flags.json && now !== shown) process.stderr.write(`${report.mirror}: ${now}\n`)
    shown = now
    await delay(POLL_MS)
  }
}

function tell(flags: NodeFlags, report: ReconcileReport): void {
  print(flags.json ? JSON.stringify(report) : reportInWords(report))
  if (report.state === 'failed' || report.state === 'stopped') process.exitCode = EXIT.failed
  else if (report.open + report.parked > 0) process.exitCode ??= EXIT.partly
}

async function run(flags: NodeFlags, act: (call: Call) => Promise<void>): Promise<void> {
  try {
    const node = await findRunningNode(flags.data)
    if (!node) {
      const message = `headquarters does not run on ${flags.data}; start it with \`outpost cloud start\`: it alone writes the tables`
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

function parseRun(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be the number of a run, as `outpost reconcile runs` lists them.')
}

function parseDay(text: string, before: string | undefined): string {
  // An example in figures would be taken for a phone and masked.
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('It must be a day that there is, written YYYY-MM-DD.')
  return parseOnce(text, before)
}
