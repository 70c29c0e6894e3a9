/** `outpost cloud init`: writes the whole configuration file of headquarters, with every setting explained. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { dataFlag, DEFAULT_DATA, jsonFlag, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { cloudConfigSchema } from '../../adapters/config/cloud-config.ts'
import { configFileIn } from '../../adapters/config/config-file.ts'
import { optionOf } from '../../adapters/config/config-option.ts'
import { hostName } from '../../adapters/config/config-values.ts'
import { dataOption, stepsInWords, type NextStep } from '../../adapters/config/next-steps.ts'
import { renderConfig } from '../../adapters/config/render-config.ts'
import { prepareConfig } from '../../adapters/config/write-config.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

interface InitFlags extends NodeFlags {
  readonly name?: readonly string[]
  readonly country?: string
  readonly currency?: string
  readonly force?: boolean
}

/** Kept in the store from the first start on, so that a new file must not set them back. */
const KEPT = ['country', 'currency', 'overdraft']

export function createInitCommand(): Command {
  return new Command('init')
    .description("write headquarters' configuration file, in which every setting is explained")
    .addOption(dataFlag(DEFAULT_DATA.cloud))
    .option(
      '--name <host name>',
      'by which branches and people call it, such as hq.example.com; may be said more than once',
      addName,
    )
    .option(
      '--country <code>',
      'how phones without a country code are read (default: CN)',
      optionOf(cloudConfigSchema, 'country'),
    )
    .option('--currency <code>', 'the currency of the chain (default: CNY)', optionOf(cloudConfigSchema, 'currency'))
    .option('--force', 'write a new file over the one that is there')
    .addOption(jsonFlag())
    .action(async (flags: InitFlags) => {
      try {
        const file = await writeFile(flags)
        const next = nextSteps(flags)
        const inWords = `wrote ${file}\n\n${stepsInWords(next)}`
        const result = { file, next: next.map(({ command }) => command) }
        process.stdout.write(`${flags.json ? JSON.stringify(result) : inWords}\n`)
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
}

function addName(text: string, before: readonly string[] = []): readonly string[] {
  if (hostName.safeParse(text).success) return [...before, text]
  throw new InvalidArgumentError(
    'Allowed: a host name such as hq.example.com, or an address such as 10.0.0.2, without https:// and port. For more of them say --name again.',
  )
}

async function writeFile({ data, name, country, currency, force }: InitFlags): Promise<string> {
  const file = configFileIn(data)
  if (!force && existsSync(file)) {
    const message = `${file} is there already: change it with an editor, or say --force to begin it anew`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'force' })
  }
  const text = renderConfig(cloudConfigSchema, {
    about: "Configuration of headquarters' node of Outpost; docs/configuration.md says more.",
    values: { names: name, country, currency },
    off: existsSync(join(data, 'store.sqlite')) ? KEPT : [],
  })
  await (await prepareConfig(data, text)).keep()
  return file
}

function nextSteps({ data, name }: InitFlags): readonly NextStep[] {
  const at = dataOption(data, DEFAULT_DATA.cloud)
  const reach =
    name === undefined
      ? 'start it; other machines reach it once names, tls and address are set in the file'
      : 'start it; other machines reach it once tls (or trustedProxies) and address are set in the file'
  return [
    { what: 'make the first administrator', command: `outpost cloud account add <name> --role administrator${at}` },
    { what: reach, command: `outpost cloud start${at}` },
    { what: 'add a branch', command: `outpost cloud branch add <id> --name <name>${at}` },
    { what: 'issue the code with which its PC is enrolled', command: `outpost cloud branch code <id>${at}` },
  ]
}
