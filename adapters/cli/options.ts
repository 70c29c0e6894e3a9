/** Option values that commands check before they do anything. */
import { InvalidArgumentError } from 'commander'
import pino from 'pino'
import { LOG_LEVELS, type Log } from '../log.ts'

export const DEFAULT_DATA = { cloud: 'outpost-data/cloud', branch: 'outpost-data/branch' } as const

export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('a port is a number from 0 (any free one) to 65535')
  return port
}

/** Seconds, with fractions, to milliseconds. */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!Number.isFinite(seconds) || seconds < 0.05 || seconds > 86_400) {
    throw new InvalidArgumentError('seconds from 0.05 to 86400')
  }
  return seconds * 1000
}

export function parseLogLevel(text: string): string {
  if (!(LOG_LEVELS as readonly string[]).includes(text)) {
    throw new InvalidArgumentError(`one of ${LOG_LEVELS.join(', ')}`)
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
