// The frame of a demonstration: its help, where its data is, the options and environment that all of them have.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runMainJob } from './run-main-job.mjs'
import { runScript } from './run-script.mjs'

/** Of those that tell a story on stdout. */
export const JSON_OPTION = ['--json', 'print the report alone on stdout, as JSON; the story goes to stderr']
const OPTIONS = [
  ['--once', 'end when everything is in sync instead of staying up to be looked at'],
  ['--fresh', 'forget the data of earlier runs first'],
  ['--help', 'show this and do nothing'],
]

/**
 * @param {object} demonstration
 * @param {string} demonstration.command what people type
 * @param {string} demonstration.about what it does, in lines
 * @param {readonly (readonly string[])[]} [demonstration.options] its own ones: name and meaning
 * @param {string} demonstration.script what to run, relative to `dist`
 * @param {string} demonstration.stateDir where it keeps its data, relative to the checkout
 */
export async function runDemonstration({ command, about, options = [], script, stateDir }) {
  await runScript(async (args) => {
    if (args.includes('--help') || args.includes('-h')) {
      process.stdout.write(usage(command, about, [...options, ...OPTIONS], stateDir))
      return 0
    }
    const root = fileURLToPath(new URL('../..', import.meta.url))
    return runMainJob({ root, args, script, stateDir: join(root, stateDir) })
  })
}

/**
 * @param {string} command
 * @param {string} about
 * @param {readonly (readonly string[])[]} options
 * @param {string} stateDir
 */
function usage(command, about, options, stateDir) {
  const width = Math.max(...options.map(([name = '']) => name.length))
  return `Usage: ${command} [-- options]

${about}
A later run continues with the data of the earlier ones, which are in ${stateDir}/.

Options
${options.map(([name = '', meaning]) => `  ${name.padEnd(width)}  ${meaning}`).join('\n')}

Environment
  MYSQL_URL=mysql://user:password@host:port/   use this server instead of a private one
  OUTPOST_YES=1                                install missing Debian packages without asking
`
}
