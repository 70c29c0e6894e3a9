/**
 * `outpost mirror plan` and `init`: the tables by the configuration as it stands now, which a node that runs has perhaps
 * not read yet. So they speak with MySQL themselves.
 */
import { Command } from 'commander'
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
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
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import type { MirrorTarget } from '../mirrors.ts'
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
      const result = await initTarget(parseMysqlUrl(url), name, collections)
      await fillOnRunningNode(flags.data, name, result, collections)
      return { result, words: initInWords(result) }
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
  try {
    const config = readConfig(data, cloudConfigSchema)
    const targets = await mirrorTargets(config, await loadDeclarations(collections ?? config.collections))
    const wanted = targets.filter(({ name }) => mirror === undefined || name === mirror)
    if (wanted.length === 0) throw noTarget(data, mirror, targets)
    const results: (TargetPlan & { readonly mirror: string })[] = []
    for (const target of wanted) {
      const { result, words } = await work(target, mirroredCollections(target.declarations))
      results.push({ mirror: target.name, ...result })
      if (!json) process.stdout.write(`${words}\n`)
    }
    if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
  } catch (error) {
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

/** A mirror that is being written looks at its tables when it connects next; this one is to fill them now. */
async function fillOnRunningNode(
  data: string,
  mirror: string,
  { incomplete }: InitResult,
  collections: readonly MirroredCollection[],
): Promise<void> {
  const node = incomplete.length === 0 ? undefined : await findRunningNode(data)
  if (!node) return
  const mirrors = await callNode<MirrorStatus[]>(node, 'GET', '/api/mirrors')
  if (!mirrors.some(({ name, state }) => name === mirror && state === 'running')) return
  for (const name of incomplete) {
    const table = collections.find((collection) => collection.name === name)!.tables[0].definition.name
    try {
      await callNode(node, 'POST', `/api/mirrors/${encodeURIComponent(mirror)}/rebuild`, { table })
    } catch (error) {
      // It runs with another mapping, and fills these tables when it is started with this one.
      if (!(error instanceof OutpostError && error.code === 'NOT_FOUND')) throw error
    }
  }
}

function planInWords({ host, database, statements, findings }: TargetPlan): string {
  const sql = statements.map((statement) => `${statement};`)
  const nothing = `-- ${database} on ${host} has all tables and columns of the mapping`
  const begin = statements.length === 0 ? nothing : `-- ${database} on ${host}: the mirror makes this`
  return [begin, ...sql, ...findings.map(({ severity, message }) => `-- ${severity}: ${message}`)].join('\n')
}

function initInWords({ host, database, statements, findings, incomplete }: InitResult): string {
  const made = statements.length === 0 ? 'has everything already' : `made, in ${statements.length} statements`
  const filled = incomplete.length === 0 ? [] : [`the node writes anew: ${incomplete.join(', ')}`]
  const known = findings.map(({ severity, message }) => `${severity}: ${message}`)
  return [`${database} on ${host}: ${made}`, ...filled, ...known].join('\n')
}
