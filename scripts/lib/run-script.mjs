// The frame of every script: checks Node, shows errors as sentences, leaves no child process behind, sets the exit code.
import { checkNodeVersion } from './node-version.mjs'
import { stopAll, stopRequested } from './process-tree.mjs'
import { SetupError } from './setup-error.mjs'

const PARENT_POLL_MS = 500

/** @param {(args: string[]) => number | Promise<number>} main gets the command line's arguments, gives the exit code */
export async function runScript(main) {
  const parentWatch = watchParent()
  try {
    checkNodeVersion()
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    process.exitCode = 1
    // After Ctrl-C whatever was interrupted fails, which is no news.
    if (!stopRequested.aborted) logToStderr(describeError(error))
  } finally {
    await stopAll()
    clearInterval(parentWatch)
  }
}

/**
 * npm runs a script through a shell. A signal to npm ends npm and that shell, and nobody tells the script, so it looks
 * for itself. Started without npm it may well be meant to outlive its parent.
 */
function watchParent() {
  const parent = process.ppid
  const look = () => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGHUP')
  }
  return process.env['npm_lifecycle_event'] === undefined ? undefined : setInterval(look, PARENT_POLL_MS).unref()
}

/** Standard output belongs to what a script is asked for. @param {string} line */
export function logToStderr(line) {
  process.stderr.write(`${line}\n`)
}

/** @param {unknown} error */
function describeError(error) {
  if (error instanceof SetupError) return `outpost: ${error.message}`
  return error instanceof Error ? String(error.stack) : String(error)
}
