/**
 * `outpost mirror plan` and `init`: the tables by the configuration as it stands now, which a node that runs has perhaps
 * not read yet. So they speak with MySQL themselves.
 */
import { Command } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { cloudConfigSchema } from '../../adapters/config/cloud-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import { mirroredCollections, type MirroredCollection } from '../../adapters/mysql/mirrored-collection.ts'
import { parseMysqlUrl } from '../../adapters/mysql/mysql-target.ts'
import { errorsOf } from '../../adapters/mysql/plan-finding.ts'
import { initTarget, planTarget, type InitResult, type TargetPlan } from '../../adapters/mysql/plan-target.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MirrorTarget } from '../mirrors.ts'
import { fillOnNode, type Untold } from './fill-on-node.ts'
import { mirrorTargets } from './mirror-targets.ts'
import { withLookFlags } from './run-lifecycle.ts'

interface PlanFlags extends NodeFlags {
  readonly mirror?: string
  readonly collections?: string
}

export function mirrorPlanCommands(): readonly Command[] {
  const plan = withTarget(
    new Command('plan').description(
      'the SQL that the tables of the mapping need, and what does not fit; changes nothing',
    ),
  ).action((flags: PlanFlags) =>
    run(flags, async ({ url, create = true }, collections) => {
      const result = await planTarget(parseMysqlUrl(url), collections, create)
      if (errorsOf(result.findings).length > 0) process.exitCode = 1
      return { result, words: planInWords(result) }
    }),
  )
  const init = withTarget(
    new Command('init').description('make what the plan shows, also where the mapping says create: false; adds only'),
  ).action((flags: PlanFlags) =>
    run(flags, async ({ name, url }, collections) => {
      const made = await initTarget(parseMysqlUrl(url), name, collections)
      const unfilled = collections.flatMap(({ name: collection, tables: [{ definition }] }) =>
        made.incomplete.includes(collection) ? [{ collection, table: definition.name }] : [],
      )
      const result = { ...made, untold: await fillOnNode(flags.data, name, unfilled) }
      if (result.untold.length > 0) process.exitCode = 1
      return { result, words: initInWords(name, result) }
    }),
  )
  return [plan, init]
}

function withTarget(command: Command): Command {
  return withLookFlags(command)
    .option('--mirror <name>', 'only this one')
    .option('--collections <file>', 'a JavaScript module that declares further collections')
}

async function run(
  { data, json, mirror, collections }: PlanFlags,
  work: (
    target: MirrorTarget,
    collections: readonly MirroredCollection[],
  ) => Promise<{ readonly result: TargetPlan; readonly words: string }>,
): Promise<void> {
  const results: (TargetPlan & { readonly mirror: string })[] = []
  try {
    const config = readConfig(data, cloudConfigSchema)
    const targets = await mirrorTargets(config, await loadDeclarations(collections ?? config.collections))
    const wanted = targets.filter(({ name }) => mirror === undefined || name === mirror)
    if (wanted.length === 0) throw noTarget(data, mirror, targets)
    for (const target of wanted) {
      const { result, words } = await work(target, mirroredCollections(target.declarations))
      results.push({ mirror: target.name, ...result })
      if (!json) process.stdout.write(`${words}\n`)
    }
    if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
  } catch (error) {
    // What has been done in the databases before it is done.
    if (json && results.length > 0) process.stdout.write(`${JSON.stringify(results)}\n`)
    process.exitCode = reportError(error, json)
  }
}

function noTarget(data: string, mirror: string | undefined, targets: readonly MirrorTarget[]): OutpostError {
  if (targets.length === 0) {
    const message = `there is no mirror: neither ${data}/outpost.yaml nor the environment MYSQL_URL names a database`
    return new OutpostError('BAD_CONFIGURATION', message, { field: 'mysql' })
  }
  const known = targets.map(({ name }) => name).join(', ')
  return new OutpostError('NOT_FOUND', `there is no mirror "${mirror}"; there is ${known}`, { field: 'mirror' })
}

function planInWords({ host, database, statements, findings }: TargetPlan): string {
  const sql = statements.map((statement) => `${statement};`)
  const nothing = `-- ${database} on ${host} has all tables and columns of the mapping`
  const begin = statements.length === 0 ? nothing : `-- ${database} on ${host}: the mirror makes this`
  return [begin, ...sql, ...findings.map(({ severity, message }) => `-- ${severity}: ${message}`)].join('\n')
}

export function initInWords(
  mirror: string,
  { host, database, statements, findings, incomplete, untold }: InitResult & { readonly untold: readonly Untold[] },
): string {
  const made = statements.length === 0 ? 'has everything already' : `made, in ${statements.length} statements`
  const told = incomplete.filter((name) => !untold.some(({ collection }) => collection === name))
  const filled = told.length === 0 ? [] : [`the node writes anew: ${told.join(', ')}`]
  const left = untold.map(
    ({ collection, table, reason }) =>
      `the node could not be told to write ${collection} anew: ${reason}; the tables are there, and are filled when it` +
      ` starts next, or now by: outpost mirror rebuild --mirror ${mirror} --table ${table}`,
  )
  const known = findings.map(({ severity, message }) => `${severity}: ${message}`)
  return [`${database} on ${host}: ${made}`, ...filled, ...left, ...known].join('\n')
}
