/** `outpost exceptions …`: what failed at a branch or at headquarters; look at it, have it tried again, give it up. */
import { Command, Option } from 'commander'
import { exceptionIdSchema } from '../../schemas/protocol/exceptions.ts'
import { EXIT } from './exit-codes.ts'
import { exportLines, writeExport } from './exception-export.ts'
import { withExceptions, type ExceptionNode, type StoppedNodes } from './exception-node.ts'
import {
  auditLine,
  detailInWords,
  discardInWords,
  discardQuestion,
  pageInWords,
  retryAllInWords,
  retryInWords,
  type Place,
} from './exception-words.ts'
import { confirm, phoneAsId, processTerminal, type Terminal } from './member-terminal.ts'
import { dataFlag, DEFAULT_DATA, jsonFlag, parseLimit } from './options.ts'
import { reportError } from './report-error.ts'

interface Flags {
  readonly side?: 'branch' | 'cloud'
  readonly data?: string
  readonly json?: boolean
  readonly dryRun?: boolean
}

interface FilterFlags extends Flags {
  readonly collection?: string
  readonly branch?: string
  readonly waiting?: boolean
}

interface Answer {
  /** For people and for programs: one text each, with its last line's end. */
  readonly words: string
  readonly json: string
  readonly exit?: number
}

export function createExceptionsCommand(stopped: StoppedNodes, terminal: Terminal = processTerminal): Command {
  return new Command('exceptions')
    .description('what failed and waits for a person, at headquarters or a branch: list, show, retry, discard, export')
    .addHelpText(
      'after',
      '\nWhat each kind means and what to do about it: docs/exceptions.md.\nExample:\n  outpost exceptions list --side branch',
    )
    .addCommand(listCommand(stopped))
    .addCommand(showCommand(stopped))
    .addCommand(retryCommand(stopped))
    .addCommand(discardCommand(stopped, terminal))
    .addCommand(exportCommand(stopped))
}

function listCommand(stopped: StoppedNodes): Command {
  return filtered(common(new Command('list')))
    .description('list them, newest first')
    .option('--limit <number>', 'how many at most, to 1000', parseLimit, 20)
    .option('--after <place>', 'go on where an earlier list ended')
    .action((flags: FilterFlags & { limit: number; after?: string }) =>
      run(stopped, flags, async ({ exceptions }, place) => {
        const { limit, after } = flags
        const page = await exceptions.list({ ...filterOf(flags), limit, ...(after !== undefined && { after }) })
        return { words: `${pageInWords(page, place)}\n`, json: line(page) }
      }),
    )
}

function showCommand(stopped: StoppedNodes): Command {
  return common(new Command('show').argument('<id...>', 'as the list shows them, or their beginnings'))
    .description('show the state that failed and how the document stands here now; phones are masked')
    .action((ids: string[], flags: Flags, command: Command) => {
      for (const id of ids) checkId(command, id)
      return run(stopped, flags, async ({ exceptions }, place) => {
        const found = []
        for (const id of ids) found.push(await exceptions.show(id))
        const words = found.map((detail) => detailInWords(detail, place)).join('\n\n')
        return { words: `${words}\n`, json: found.map(line).join('') }
      })
    })
}

function retryCommand(stopped: StoppedNodes): Command {
  return common(new Command('retry').argument('[id]', 'the exception'))
    .description('have one, or all that wait for a person, tried again')
    .option('--all', 'all that wait for a person')
    .option('--collection <name>', 'with --all: of this collection only')
    .option('--branch <id>', 'with --all, at headquarters: of this branch only')
    .option('--dry-run', 'show what would happen, and change nothing')
    .action((id: string | undefined, flags: FilterFlags & { all?: boolean }, command: Command) => {
      const { all, collection, branch, dryRun } = flags
      if ((id === undefined) !== (all === true)) command.error('error: name the id of one exception, or say --all')
      if (id !== undefined) checkId(command, id)
      if (id !== undefined && (collection ?? branch) !== undefined) {
        command.error('error: --collection and --branch go with --all')
      }
      return run(stopped, flags, async ({ exceptions }) => {
        if (id === undefined) {
          const filter = { ...(collection !== undefined && { collection }), ...(branch !== undefined && { branch }) }
          const outcome = await exceptions.retryAll(filter, dryRun)
          return {
            words: `${retryAllInWords(outcome)}\n`,
            json: line(outcome),
            exit: outcome.refused > 0 ? EXIT.partly : EXIT.done,
          }
        }
        const outcome = await exceptions.retry(id, dryRun)
        return {
          words: `${retryInWords(outcome)}\n`,
          json: line(outcome),
          exit: outcome.refused ? EXIT.failed : EXIT.done,
        }
      })
    })
}

function discardCommand(stopped: StoppedNodes, terminal: Terminal): Command {
  return common(new Command('discard').argument('<id>', 'the exception'))
    .description('give one up; asks first, and prints all that is left of it as a line of JSON')
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'show what would happen, and change nothing')
    .action((id: string, flags: Flags & { yes?: boolean }, command: Command) => {
      checkId(command, id)
      return run(stopped, flags, async ({ exceptions }) => {
        const preview = await exceptions.discard(id, true)
        if (!flags.dryRun && !(await confirm(terminal, discardQuestion(preview), flags))) return undefined
        const outcome = flags.dryRun ? preview : await exceptions.discard(id)
        return { words: `${discardInWords(outcome)}\n${auditLine(outcome)}\n`, json: `${auditLine(outcome)}\n` }
      })
    })
}

function exportCommand(stopped: StoppedNodes): Command {
  return filtered(common(new Command('export')))
    .description('write them, with the states that failed as they are, phones included')
    .option('--to <file>', 'a file, replaced as a whole; else the standard output')
    .option('--csv', 'as CSV instead of lines of JSON')
    .action((flags: FilterFlags & { to?: string; csv?: boolean }) =>
      run(stopped, flags, async ({ exceptions }) => {
        const pages = exportLines(exceptions, filterOf(flags), flags.csv === true)
        if (flags.to === undefined) {
          for await (const { lines } of pages) process.stdout.write(lines)
          return { words: '', json: '' }
        }
        const count = await writeExport(flags.to, pages)
        return { words: `${count} exceptions in ${flags.to}\n`, json: line({ file: flags.to, exceptions: count }) }
      }),
    )
}

function common(command: Command): Command {
  return command
    .addOption(new Option('--side <side>', 'whose default data folder (default: cloud)').choices(['branch', 'cloud']))
    .addOption(dataFlag(undefined, 'the data folder of headquarters or of a branch'))
    .addOption(jsonFlag('print the result as JSON, one line for each'))
}

function filtered(command: Command): Command {
  return command
    .option('--collection <name>', 'of this collection only')
    .option('--branch <id>', 'at headquarters: of this branch only')
    .option('--waiting', 'only those that are still tried by themselves')
}

function filterOf({ collection, branch, waiting }: FilterFlags) {
  return {
    ...(collection !== undefined && { collection }),
    ...(branch !== undefined && { branch }),
    ...(waiting && { waiting: 'true' as const }),
  }
}

/** @param work answers nothing if a person said no */
async function run(
  stopped: StoppedNodes,
  { data, side, json }: Flags,
  work: (node: ExceptionNode, place: Place) => Promise<Answer | undefined>,
): Promise<void> {
  const folder = data ?? DEFAULT_DATA[side ?? 'cloud']
  try {
    const answer = await withExceptions(folder, side, stopped, (node) => {
      const option = data === undefined ? `--side ${node.node}` : `--data ${data}`
      return work(node, { node: node.node, option })
    })
    process.stdout.write(answer ? (json ? answer.json : answer.words) : 'nothing has changed\n')
    process.exitCode = answer ? (answer.exit ?? EXIT.done) : EXIT.failed
  } catch (error) {
    process.exitCode = reportError(error, json)
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

/** Repeats nothing of what is no id: it may be a phone. */
function checkId(command: Command, text: string): void {
  const isId = exceptionIdSchema.safeParse(text).success
  const wanted = 'an id is an x and 4 to 12 hexadecimal digits, as `outpost exceptions list` shows it'
  if (!isId) command.error(`error: ${phoneAsId(text) ?? wanted}`)
}
