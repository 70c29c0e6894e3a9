// Asks a person before the machine is changed. In CI nobody is asked and the answer is yes; without a terminal nobody
// can be asked and the answer is no.
import { createInterface } from 'node:readline'

/** @type {typeof import('./ask.d.mts').createAsk} */
export function createAsk(env, input = process.stdin, output = process.stderr) {
  return async (question) => {
    if (env['CI'] === 'true' || env['OUTPOST_YES'] === '1') return true
    if (!input.isTTY || !output.isTTY) return false
    return askPerson(`${question} [Y/n] `, input, output)
  }
}

/**
 * @param {string} prompt
 * @param {NodeJS.ReadableStream} input
 * @param {NodeJS.WritableStream} output
 * @returns {Promise<boolean>}
 */
function askPerson(prompt, input, output) {
  // Not in terminal mode, so that Ctrl-C stays a signal.
  const lines = createInterface({ input, output, terminal: false })
  output.write(prompt)
  return new Promise((resolve) => {
    lines.once('line', (answer) => {
      resolve(/^\s*(y|yes)?\s*$/i.test(answer))
      lines.close()
    })
    lines.once('close', () => resolve(false))
  })
}
