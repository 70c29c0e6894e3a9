// Runs a command to its end with a deadline and collects what it says.
import { spawnChild } from './process-tree.mjs'
import { SetupError } from './setup-error.mjs'

const HEAD_LINES = 15
const TAIL_LINES = 25

/**
 * @typedef {object} RunOptions
 * @property {number} deadlineMs
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {(line: string) => void} [log] also gets each line at once
 */

/**
 * @typedef {object} Result
 * @property {boolean} ok
 * @property {string} output stdout and stderr as they came
 * @property {string} outcome for a person: "ended with exit code 1"
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<Result>}
 * @throws {SetupError} `SPAWN_FAILED` when it cannot be started
 */
export async function runCommand(command, args, { deadlineMs, cwd, env, log }) {
  /** @type {string[]} */
  const lines = []
  const child = spawnChild(command, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    onLine: (line) => {
      lines.push(line)
      log?.(line)
    },
  })
  let late = false
  const timer = setTimeout(() => {
    late = true
    void child.stop()
  }, deadlineMs)
  try {
    const { code, signal } = await child.exited
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`
    const outcome = late ? `was stopped after ${Math.round(deadlineMs / 1000)} s` : how
    return { ok: code === 0 && !late, output: lines.join('\n'), outcome }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * As runCommand, but a failure is an error that shows beginning and end of the output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions & { code: string, what: string }} options `what`: "installing the npm dependencies"
 * @returns {Promise<string>} the output
 */
export async function runOrThrow(command, args, { code, what, ...options }) {
  const { ok, output, outcome } = await runCommand(command, args, options)
  if (ok) return output
  const shown = [command.split('/').at(-1), ...args].join(' ')
  throw new SetupError(code, `${what} failed, \`${shown}\` ${outcome}:\n${excerpt(output)}`)
}

/** @param {string} text */
export function tail(text) {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
}

/** Compilers say the important things first, others last. @param {string} text */
function excerpt(text) {
  const lines = text.trimEnd().split('\n')
  if (lines.length <= HEAD_LINES + TAIL_LINES) return lines.join('\n')
  return [...lines.slice(0, HEAD_LINES), '…', ...lines.slice(-TAIL_LINES)].join('\n')
}
