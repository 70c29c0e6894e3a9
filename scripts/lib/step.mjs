// One step of a longer check: runs a command, says in one line how it went, and shows its output only if it failed or
// its last words are wanted.
import { runCommand } from './run-command.mjs'

const NAME_WIDTH = 14

/**
 * @param {object} step
 * @param {string} step.name
 * @param {() => Promise<{ ok: boolean, output: string, outcome: string }>} step.run
 * @param {(output: string) => string} [step.lastWords] printed after a success
 * @param {(line: string) => void} print
 * @returns {Promise<boolean>}
 */
export async function runStep({ name, run, lastWords }, print) {
  const startedAt = performance.now()
  const { ok, output, outcome } = await run()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (!ok) print(output)
  print(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(NAME_WIDTH)} ${seconds.padStart(6)} s${ok ? '' : `  ${outcome}`}`)
  if (ok && lastWords) print(lastWords(output))
  return ok
}

/**
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./run-command.mjs').RunOptions} options
 */
export function commandStep(name, command, args, options) {
  return { name, run: () => runCommand(command, args, options) }
}
