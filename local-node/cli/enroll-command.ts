/** `outpost branch enroll`: makes this PC a branch with a code of headquarters, and writes its configuration file. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { createLog, dataFlag, DEFAULT_DATA, jsonFlag, type NodeFlags } from '../../adapters/cli/options.ts'
import { readSecret } from '../../adapters/cli/read-secret.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { BRANCH_DEFAULTS, branchConfigSchema } from '../../adapters/config/branch-config.ts'
import { configFileIn, readConfig } from '../../adapters/config/config-file.ts'
import { optionOf } from '../../adapters/config/config-option.ts'
import { dataOption, stepsInWords, type NextStep } from '../../adapters/config/next-steps.ts'
import { changeConfig, renderConfig, type ConfigValues } from '../../adapters/config/render-config.ts'
import { prepareConfig } from '../../adapters/config/write-config.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { syncPath } from '../../adapters/sqlite/sync-path.ts'
import { readCertificates } from '../../adapters/tls/pem-file.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { parseCloudAddress } from '../cloud-address.ts'
import type { EnrolledBranch } from '../enrol-branch.ts'

interface EnrollFlags extends NodeFlags {
  readonly cloud?: string
  readonly ca?: string
  readonly insecureHttp?: boolean
  readonly lanName?: string
  readonly codeFile?: string
}

/** In the data folder. */
const AUTHORITIES = 'authorities.pem'
const ENVIRONMENT = 'OUTPOST_ENROLMENT_CODE'

export function createEnrollCommand(): Command {
  return new Command('enroll')
    .description('make this PC a branch: asks for the code that headquarters has issued, and writes the configuration')
    .option('--cloud <url>', 'the address of headquarters, such as https://hq.example.com')
    .addOption(dataFlag(DEFAULT_DATA.branch))
    .option('--ca <file>', 'certificates of authorities that are trusted beside the usual ones, in PEM')
    .option('--insecure-http', 'ask headquarters on another machine without HTTPS: everybody in between reads along')
    .option(
      '--lan-name <host name>',
      'by which the other devices in the house call this PC, such as till.shop.example; it stays for ever',
      optionOf(branchConfigSchema, 'lan', 'name'),
    )
    .option('--code-file <file>', 'a file that holds the code, which only its owner may read (mode 600)')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      `\nEnvironment:\n  ${ENVIRONMENT}  the code, where neither a file is named nor somebody can type it\n\nA folder that is a branch already keeps everything and gets a new key.`,
    )
    .action(async (flags: EnrollFlags) => {
      try {
        const { branchId, branchName, file } = await enroll(flags)
        const next = nextSteps(flags)
        const inWords = `this PC is branch ${branchId} (${branchName}) now; its configuration is ${file}\n\n${stepsInWords(next)}`
        const result = { branchId, branchName, file, next: next.map(({ command }) => command) }
        process.stdout.write(`${flags.json ? JSON.stringify(result) : inWords}\n`)
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
}

async function enroll(flags: EnrollFlags): Promise<EnrolledBranch & { readonly file: string }> {
  const { data, lanName } = flags
  const before = readConfig(data, branchConfigSchema)
  const insecureHttp = flags.insecureHttp ?? before.insecureHttp
  const cloudUrl = parseCloudAddress(flags.cloud ?? before.cloud, insecureHttp)
  const ca = flags.ca === undefined ? before.ca : resolve(flags.ca)
  // A code is typed only for what can be asked.
  const authorities = ca === undefined ? [] : readCertificates(ca, 'ca')
  await refuseHeadquarters(data)
  const text = configText(data, {
    cloud: cloudUrl,
    ca: flags.ca && AUTHORITIES,
    insecureHttp,
    ...(lanName !== undefined && { lan: { name: lanName } }),
  })
  const code = await readSecret({ question: 'Enrolment code', env: ENVIRONMENT, file: flags.codeFile })
  const log = createLog(before.log ?? BRANCH_DEFAULTS.log)
  const declarations = await loadDeclarations(before.collections)
  const { enrolBranch } = await import('../enrol-branch.ts')
  // A code is good once: it is not spent for a file that cannot be written.
  const config = await prepareConfig(data, text)
  let branch: EnrolledBranch
  try {
    branch = await enrolBranch({ dataDir: data, cloudUrl, code, ca, insecureHttp, declarations, log })
  } catch (error) {
    config.discard()
    throw error
  }
  if (flags.ca !== undefined) await keepAuthorities(data, authorities.join(''))
  await config.keep()
  return { ...branch, file: config.file }
}

/** A file without settings does not say whose store lies beside it. */
async function refuseHeadquarters(dataDir: string): Promise<void> {
  const file = join(dataDir, 'store.sqlite')
  if (!existsSync(file)) return
  // SQLite is loaded only by those who need it.
  const { openStoppedStore } = await import('../../adapters/sqlite/stopped-store.ts')
  const store = openStoppedStore(file)
  store.close()
  if (store.identity?.node !== 'cloud') return
  const message = `${dataDir} is the data folder of headquarters: name that of a branch with --data`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

/** A copy of its own: the file that was named may be on a stick. */
async function keepAuthorities(dataDir: string, text: string): Promise<void> {
  const file = join(dataDir, AUTHORITIES)
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  await syncPath(`${file}.new`)
  renameSync(`${file}.new`, file)
}

/** A file that is there keeps what it says of everything else. */
function configText(dataDir: string, values: ConfigValues): string {
  const about = "Configuration of a branch's node of Outpost; docs/configuration.md says more."
  try {
    return changeConfig(readFileSync(configFileIn(dataDir), 'utf8'), values)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return renderConfig(branchConfigSchema, { about, values })
  }
}

function nextSteps({ data }: EnrollFlags): readonly NextStep[] {
  const at = dataOption(data, DEFAULT_DATA.branch)
  return [
    { what: 'start it', command: `outpost branch start${at}` },
    { what: 'let the devices of the staff in', command: `outpost branch pair${at}` },
  ]
}
