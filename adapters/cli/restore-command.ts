/** `outpost restore`: puts a backup in the place of a stopped node's store. */
import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { RestorePlan } from '../node/restore-store.ts'
import { identityInWords } from '../sqlite/store-identity.ts'
import { countsInWords } from './counts-in-words.ts'
import { EXIT } from './exit-codes.ts'
import { findRunningNode } from './node-client.ts'
import { dataFlag, jsonFlag, type NodeFlags } from './options.ts'
import { reportError } from './report-error.ts'

interface RestoreFlags extends NodeFlags {
  readonly yes?: boolean
}

export function createRestoreCommand(): Command {
  return new Command('restore')
    .description('put a backup in the place of the store of a stopped node; the replaced store is kept beside it')
    .argument('<file>', 'a backup, as `outpost backup` and the nodes make them')
    .addOption(dataFlag(undefined, 'the data folder of the node; a new one is made').makeOptionMandatory())
    .option('--yes', 'replace a store that is there without asking')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExit codes: 0 restored, 1 failed or not confirmed (nothing has changed, unless the message says so), 2 wrong command line.',
    )
    .action(async (file: string, flags: RestoreFlags) => {
      try {
        process.exitCode = await run(file, flags)
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
}

async function run(file: string, flags: RestoreFlags): Promise<number> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new OutpostError('BACKUP_FAILED', 'interrupted; nothing has changed'))
  process.once('SIGINT', interrupt)
  try {
    const { restoreStore } = await import('../node/restore-store.ts')
    const restored = await restoreStore({
      file,
      dataDir: flags.data,
      nowMs: Date.now(),
      signal: interrupted.signal,
      confirm: (plan) => confirm(plan, flags, interrupted.signal),
    })
    if (!restored) {
      process.stdout.write('nothing has changed\n')
      return EXIT.failed
    }
    const { facts, ...where } = restored
    process.stdout.write(
      flags.json ? `${JSON.stringify({ ...where, ...facts })}\n` : `${inWords(restored, flags.data)}\n`,
    )
    return EXIT.done
  } finally {
    process.off('SIGINT', interrupt)
  }
}

async function confirm(plan: RestorePlan, flags: RestoreFlags, signal: AbortSignal): Promise<boolean> {
  if (plan.damaged && (await findRunningNode(flags.data))) {
    throw new OutpostError('STORE_LOCKED', `the node of ${flags.data} runs; stop it before its store is replaced`)
  }
  if (flags.yes || plan.replaced === undefined) return true
  const question = questionOf(plan)
  // Nothing has shown that the backup belongs here: an answer out of habit is not enough.
  if (!process.stdin.isTTY || flags.json || plan.damaged) {
    throw new OutpostError('BAD_CONFIGURATION', `${question} Say --yes to do it.`, { field: 'yes' })
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question}\nReplace it? [y/N] `, { signal })).trim())
  } finally {
    terminal.close()
  }
}

function questionOf(plan: RestorePlan): string {
  const replacing = `${plan.store} is replaced by the ${contents(plan)}.`
  return plan.damaged
    ? `The store that is there cannot be read, and whose it is is unknown: ${replacing} It is kept as it is in ${plan.replaced}.`
    : `${replacing} What was written since is kept in ${plan.replaced} only.`
}

function contents({ facts }: RestorePlan): string {
  return `backup of ${identityInWords(facts.identity)}: seq ${facts.seq}, ${countsInWords(facts.documents)}`
}

/** What people must know of a node that went back in time. */
function inWords(plan: RestorePlan, dataDir: string): string {
  const { node } = plan.facts.identity
  const lines = [`restored ${plan.store} from the ${contents(plan)}`]
  if (plan.replaced !== undefined) {
    const how = plan.damaged ? ', as it was: nothing could be read of it' : ''
    lines.push(`the replaced store is ${plan.replaced}${how}; delete it when nobody misses anything`)
  }
  lines.push(
    `start the node with: outpost ${node} start --data ${dataDir}`,
    'It opens a new epoch then, by which positions of the time after this backup are known to be lost.',
    node === 'branch'
      ? 'What the branch wrote after the backup and had sent is at headquarters; what it had not sent is in the replaced store only.'
      : 'Branches that were in contact after the backup offer everything again by themselves; `outpost cloud recovery show` says who is missing. Delete no store of theirs.',
    'Sessions and codes of the backup have ended. Whoever was shut out after it was made is let in again: shut them out anew (docs/security.md).',
  )
  return lines.join('\n')
}
