/** `import csv`, the same for branches and headquarters. */
import { Command } from 'commander'
import type { ImportRecord } from '../import/import-record.ts'
import { EXIT } from './exit-codes.ts'
import type { ImportReport, ImportSink } from './import-csv.ts'
import { collectParameter } from './import-parameters.ts'
import { dataFlag, jsonFlag, type NodeFlags } from './options.ts'
import { reportError } from './report-error.ts'

export interface ImportTarget {
  readonly kinds: readonly ImportRecord['kind'][]
  /** Opens the sink; `close` when the import is through. */
  readonly open: (dataDir: string) => Promise<{ sink: ImportSink; close: () => void }>
}

interface ImportFlags extends NodeFlags {
  readonly map: string
  readonly dir?: string
  readonly set: Record<string, string>
  readonly rejects?: string
}

export function createImportCommand(target: ImportTarget, defaultData: string): Command {
  const csv = new Command('csv')
    .description('import CSV files as a mapping file describes; importing twice changes nothing')
    .requiredOption('--map <file>', 'the mapping file (YAML), see docs/import.md')
    .option('--dir <folder>', 'where the CSV files are (default: the folder of the mapping file)')
    .option('--set <name=value>', 'fills ${name} in the mapping; may be repeated', collectParameter, {})
    .option('--rejects <file>', 'where rejected rows go (default: rejects.csv in the data folder)')
    .addOption(dataFlag(defaultData))
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExit codes: 0 all imported, 1 failed, 2 wrong command line, 3 imported but some rows were rejected.',
    )
    .action(async (flags: ImportFlags) => {
      process.exitCode = await run(target, flags)
    })
  return new Command('import').description('import what another system holds').addCommand(csv)
}

async function run(target: ImportTarget, flags: ImportFlags): Promise<number> {
  const interrupted = new AbortController()
  const interrupt = () =>
    interrupted.abort(new Error('interrupted; what was imported stays, run it again for the rest'))
  process.once('SIGINT', interrupt)
  let close: (() => void) | undefined
  try {
    const opened = await target.open(flags.data)
    close = opened.close
    const { importCsv } = await import('./import-csv.ts')
    const report = await importCsv({
      mappingFile: flags.map,
      baseDir: flags.dir,
      parameters: flags.set,
      rejectsFile: flags.rejects ?? `${flags.data}/rejects.csv`,
      kinds: target.kinds,
      sink: opened.sink,
      showProgress: flags.json !== true && process.stderr.isTTY,
      signal: interrupted.signal,
    })
    process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : inWords(report, target.kinds))
    return Object.values(report.rejected).some((count) => count > 0) ? EXIT.partly : EXIT.done
  } catch (error) {
    return reportError(error, flags.json)
  } finally {
    process.off('SIGINT', interrupt)
    close?.()
  }
}

function inWords(report: ImportReport, kinds: readonly ImportRecord['kind'][]): string {
  const lines = kinds.map((kind) => {
    const { inserted, updated, unchanged } = report
    return `${`${kind}s`.padEnd(9)} ${inserted[kind]} new, ${updated[kind]} changed, ${unchanged[kind]} as before`
  })
  for (const note of report.notes) lines.push(`warning: ${note}`)
  if (report.warnings > report.notes.length) lines.push(`… and ${report.warnings - report.notes.length} more warnings`)
  if (report.orphanLines > 0) lines.push(`${report.orphanLines} order lines belong to no imported order`)
  const rejected = Object.entries(report.rejected).filter(([, count]) => count > 0)
  if (rejected.length > 0) {
    const counted = rejected.map(([kind, count]) => `${count} ${kind}`).join(', ')
    lines.push(`rejected: ${counted}; each with line and reason in ${report.rejectsFile}`)
  }
  return `${lines.join('\n')}\n`
}
