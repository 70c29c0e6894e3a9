/** `outpost doctor`: what is not well with the nodes of this machine, and what to do about it. */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { DoctorReport, NodeDoctors } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from './exit-codes.ts'
import { dataFlag, DEFAULT_DATA, jsonFlag } from './options.ts'
import { reportError } from './report-error.ts'

interface DoctorFlags {
  readonly data?: string
  readonly json?: boolean
}

export function createDoctorCommand(doctors: NodeDoctors): Command {
  return new Command('doctor')
    .description(
      'look at configuration, files, disk, store, backups, clock, link, certificate and MySQL; changes nothing',
    )
    .addOption(dataFlag())
    .addOption(jsonFlag('one line of JSON for each node'))
    .addHelpText(
      'after',
      `\nExit code: ${EXIT.done} where everything works, warnings or not; ${EXIT.failed} where something does not.`,
    )
    .action(async ({ data, json }: DoctorFlags) => {
      try {
        // SQLite and TLS are loaded only by those who need them.
        const { examine } = await import('../doctor/examine.ts')
        for (const folder of foldersOf(data)) {
          const report = await examine(folder, doctors)
          process.stdout.write(`${json ? JSON.stringify(report) : inWords(report)}\n`)
          if (report.state === 'failed') process.exitCode = EXIT.failed
        }
      } catch (error) {
        process.exitCode = reportError(error, json)
      }
    })
}

function foldersOf(data: string | undefined): readonly string[] {
  const usual = Object.values(DEFAULT_DATA)
  const folders = data === undefined ? usual.filter((folder) => existsSync(folder)) : [data]
  if (folders.length > 0 && folders.every((folder) => existsSync(folder))) return folders
  const message = `there is no folder ${data ?? usual.join(' or ')}: name the data folder of a node with --data`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

function inWords({ data, node, running, findings }: DoctorReport): string {
  const who = node === undefined ? 'no node' : node === 'cloud' ? 'headquarters' : 'branch'
  const lines = findings.flatMap(findingInWords)
  return [`${who} in ${data}, ${running ? 'running' : 'not running'}`, ...lines].join('\n')
}

function findingInWords({ state, check, message, remedy, code }: Finding): string[] {
  const line = `  ${state.padEnd(8)} ${check.padEnd(14)} ${message}`
  return remedy === undefined ? [line] : [line, `${' '.repeat(26)}${remedy}${code === undefined ? '' : ` [${code}]`}`]
}
