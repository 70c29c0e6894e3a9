/** `outpost branch enroll`: makes this PC a branch with a code of headquarters, and writes its configuration file. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
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
import { parseCloudAddress } from '../cloud-address.ts'
import type { EnrolledBranch } from '../enrol-branch.ts'

interface EnrollFlags extends NodeFlags {
  readonly cloud?: string
  readonly ca?: string
  readonly insecureHttp?: boolean
  readonly lanName?: string
  readonly codeFile?: string
}

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
  const text = configText(data, {
    cloud: cloudUrl,
    ca,
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
  await config.keep()
  return { ...branch, file: config.file }
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
