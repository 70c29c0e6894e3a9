/** `import mysql`: reads a legacy database and hands its rows to the branch, running or stopped. */
import { Command } from 'commander'
import type { LegacySink } from '../legacy/legacy-batch.ts'
import { collectParameter } from './import-parameters.ts'
import { dataFlag, jsonFlag, type NodeFlags } from './options.ts'

export interface ImportMysqlFlags extends NodeFlags {
  readonly map: string
  readonly set: Record<string, string>
  readonly urlFile?: string
}

/** Opens where the rows go; `close` when the import is through. */
export type OpenLegacySink = (dataDir: string) => Promise<{ sink: LegacySink; close: () => void }>

export function createImportMysqlCommand(open: OpenLegacySink, defaultData: string): Command {
  return new Command('mysql')
    .description('import a legacy MySQL or MariaDB database as a mapping file describes; one that was ended goes on')
    .requiredOption('--map <file>', 'the mapping file (YAML), see docs/legacy.md')
    .option('--url-file <file>', `a file with the database's address; LEGACY_MYSQL_URL in the environment instead`)
    .option('--set <name=value>', 'fills ${name} in the mapping; may be repeated', collectParameter, {})
    .addOption(dataFlag(defaultData))
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nThe address is mysql://user:password@host:port/database; the account needs SELECT alone.' +
        '\nExit codes: 0 all imported, 1 failed, 2 wrong command line, 3 imported but some rows were rejected.',
    )
    .action(async (flags: ImportMysqlFlags) => {
      const { runImportMysql } = await import('./run-import-mysql.ts')
      process.exitCode = await runImportMysql(open, flags)
    })
}
