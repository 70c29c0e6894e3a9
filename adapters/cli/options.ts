/** The options that many commands take, and option values that are checked before anything is done. */
import { join } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import pino from 'pino'
import { LOG_LEVELS, type Log } from '../log.ts'

/** Where the nodes of this machine keep their folders; a variable without a value is none, as everywhere in a shell. */
const { OUTPOST_HOME: named = '' } = process.env
const HOME = named === '' ? 'outpost-data' : named

export const DEFAULT_DATA = { cloud: join(HOME, 'cloud'), branch: join(HOME, 'branch') } as const

export interface NodeFlags {
  readonly data: string
  readonly json?: boolean
}

const ANY_NODE = `the data folder of a node (default: ${DEFAULT_DATA.cloud} and ${DEFAULT_DATA.branch})`

/** @param usual the folder that is meant where none is named; without one the command looks for nodes itself */
export function dataFlag(
  usual?: string,
  what = usual === undefined ? ANY_NODE : 'the data folder of the node',
): Option {
  return new Option('--data <folder>', what).default(usual).argParser(parseName)
}

export function jsonFlag(what = 'print the result as one line of JSON'): Option {
  return new Option('--json', what)
}

/** For a command on one node that prints one result. */
export function withNodeFlags(command: Command, usual: string): Command {
  return command.addOption(dataFlag(usual)).addOption(jsonFlag())
}

/** For a name that is given once: of two of them one would be passed over without a word. */
export function parseOnce(name: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError('It may be given once only.')
  return parseName(name)
}

/** For an option that may be repeated. */
export function collectNames(name: string, before: readonly string[] = []): readonly string[] {
  return before.includes(name) ? before : [...before, parseName(name)]
}

function parseName(name: string): string {
  if (name === '') throw new InvalidArgumentError('It must not be empty.')
  return name
}

export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be a number from 0 (any free port) to 65535.')
  return port
}

/** Seconds, with fractions, to milliseconds. */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!Number.isFinite(seconds) || seconds < 0.05 || seconds > 86_400) {
    throw new InvalidArgumentError('It must be seconds from 0.05 to 86400.')
  }
  return seconds * 1000
}

export function parseLogLevel(text: string): string {
  if (!(LOG_LEVELS as readonly string[]).includes(text)) {
    throw new InvalidArgumentError(`It must be one of ${LOG_LEVELS.join(', ')}.`)
  }
  return text
}

/** JSON lines on stderr. */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  )
}

/** How many of a list are shown: as many as a page of the API has. */
export function parseLimit(text: string): number {
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > 1000)
    throw new InvalidArgumentError('It must be a number from 1 to 1000.')
  return limit
}
