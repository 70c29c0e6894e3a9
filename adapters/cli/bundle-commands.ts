/** `export-bundle` and `import-bundle` of both nodes: exchanges by a stick, for a branch without internet. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { BundleExport, BundleImport } from '../../schemas/protocol/bundle.ts'
import { onBundleDesk, type OpenStoppedDesk } from './bundle-node.ts'
import { DEFAULT_DATA, withNodeFlags, type NodeFlags } from './options.ts'
import { reportError } from './report-error.ts'

interface Flags extends NodeFlags {
  readonly collections?: string
  readonly to?: string
  readonly fromDead?: boolean
}

export function createBranchBundleCommands(openStopped: OpenStoppedDesk): Command[] {
  const exporting = withFlags(new Command('export-bundle'), DEFAULT_DATA.branch)
    .description('write all that waits for headquarters into a file, to carry it there on a stick')
    .requiredOption('--to <path>', 'the stick: a folder, or a file that does not exist yet')
    .addHelpText('after', '\nExample:\n  outpost branch export-bundle --to /media/stick')
    .action((flags: Flags & { to: string }) => {
      const request = { to: absolute(flags.to) }
      return perform(
        flags,
        () => onBundleDesk(flags, openStopped, (desk) => desk.exportBundle(request, showProgress(flags))),
        (report) => `${sentInWords(report)}\ntake it to headquarters: outpost cloud import-bundle ${report.file}`,
      )
    })
  const importing = withFlags(new Command('import-bundle'), DEFAULT_DATA.branch)
    .argument('<file>', 'the file that headquarters has written')
    .description("take headquarters' answer from a stick; taking it twice changes nothing")
    .action((file: string, flags: Flags) =>
      perform(
        flags,
        () =>
          onBundleDesk(flags, openStopped, (desk) => desk.importBundle({ file: resolve(file) }, showProgress(flags))),
        takenByBranchInWords,
      ),
    )
  return [exporting, importing]
}

export function createCloudBundleCommands(openStopped: OpenStoppedDesk): Command[] {
  const exporting = withFlags(new Command('export-bundle'), DEFAULT_DATA.cloud)
    .argument('<branch>', 'the branch that it is for')
    .description('write what is new for a branch into a file, without one from the branch')
    .requiredOption('--to <path>', 'the stick: a folder, or a file that does not exist yet')
    .action((branchId: string, flags: Flags & { to: string }) => {
      const request = { branchId, to: absolute(flags.to) }
      return perform(
        flags,
        () => onBundleDesk(flags, openStopped, (desk) => desk.exportBundle(request, showProgress(flags))),
        (report) => `${sentInWords(report)}\ntake it to the branch: outpost branch import-bundle ${report.file}`,
      )
    })
  const importing = withFlags(new Command('import-bundle'), DEFAULT_DATA.cloud)
    .argument('<file>', 'the file that a branch has written')
    .description("take a branch's file from a stick and write the answer; taking it twice changes nothing")
    .option(
      '--to <path>',
      'where the answer goes: a folder, or a file that does not exist yet (default: beside the file)',
    )
    .option('--from-dead', 'take the unsent documents of a PC that was declared dead, and nothing else of it')
    .action((file: string, flags: Flags) => {
      const { to, fromDead } = flags
      const request = {
        file: resolve(file),
        ...(to !== undefined && { to: absolute(to) }),
        ...(fromDead !== undefined && { fromDead }),
      }
      return perform(
        flags,
        () => onBundleDesk(flags, openStopped, (desk) => desk.importBundle(request, showProgress(flags))),
        takenByHeadquartersInWords,
      )
    })
  return [exporting, importing]
}

function withFlags(command: Command, data: string): Command {
  return withNodeFlags(command, data).option(
    '--collections <file>',
    'while the node is stopped: the module that it is started with, if any',
  )
}

async function perform<T>(flags: Flags, work: () => Promise<T>, inWords: (report: T) => string): Promise<void> {
  try {
    const report = await work()
    endProgress(flags)
    process.stdout.write(`${flags.json ? JSON.stringify(report) : inWords(report)}\n`)
  } catch (error) {
    endProgress(flags)
    process.exitCode = reportError(error, flags.json)
  }
}

/** How far it is, on one line of a terminal. */
function showProgress(flags: Flags): (documents: number) => void {
  return (documents) => {
    if (isShown(flags)) process.stderr.write(`\r${documents} documents`)
  }
}

function endProgress(flags: Flags): void {
  if (isShown(flags)) process.stderr.write('\r\u001b[K')
}

function isShown({ json }: Flags): boolean {
  return json !== true && process.stderr.isTTY
}

/** A slash at the end says that it is a folder. */
function absolute(path: string): string {
  return `${resolve(path)}${/[/\\]$/.test(path) ? '/' : ''}`
}

function sentInWords({ file, documents, bytes }: BundleExport): string {
  return `${file}\n  documents  ${documents}\n  size       ${(bytes / 1000).toFixed(1)} kB`
}

const UNCHANGED = {
  repeated: 'this bundle was taken before; nothing was changed',
  outdated:
    'this node has heard from the other side since this bundle was made, so it was left out and nothing was changed; what still waits goes with the next one',
} as const

const LATE =
  'headquarters has heard of this branch since this bundle was made: what the bundle says of the branch itself (its receipts, how it stands) was left out, the next one brings it'

function takenByBranchInWords(report: BundleImport): string {
  const { state, documents, settled, again } = report
  if (state === 'repeated' || state === 'outdated') return UNCHANGED[state]
  if (again) {
    return 'headquarters and this branch first had to agree where they stand: make one more bundle with outpost branch export-bundle, its answer brings the rest'
  }
  return `taken: ${settled} documents have arrived at headquarters, ${documents} are new from there${refusedInWords(report)}`
}

function takenByHeadquartersInWords(report: BundleImport): string {
  const { state, branchId, documents, answer } = report
  if (state === 'repeated' || state === 'outdated') return UNCHANGED[state]
  const late = state === 'late' ? `\n${LATE}` : ''
  const taken = `taken from branch ${branchId}: ${documents} documents${refusedInWords(report)}${late}`
  if (!answer) return taken
  const sent = `${sentInWords(answer)}\ntake it back to the branch: outpost branch import-bundle ${answer.file}`
  return `${taken}\nthe answer is ${sent}`
}

function refusedInWords({ rejected }: BundleImport): string {
  return rejected === 0 ? '' : `; ${rejected} were refused and stand among the exceptions: outpost exceptions list`
}
