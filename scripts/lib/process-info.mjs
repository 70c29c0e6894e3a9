// Says what a process id stands for, so that a number read from a file is never mistaken for a process that merely
// inherited it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * @typedef {object} ProcessInfo
 * @property {string} startedAt opaque; with the id it names one process and no later one
 * @property {string} commandLine arguments joined by spaces
 */

/**
 * @param {number} pid
 * @returns {ProcessInfo | undefined} undefined when there is no such process, or only a zombie of it
 */
export function readProcess(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid)
}

/** @param {number} pid @returns {ProcessInfo | undefined} */
function fromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
    return { startedAt: String(fields[19]), commandLine }
  } catch {
    return undefined
  }
}

/** @param {number} pid @returns {ProcessInfo | undefined} */
function fromPs(pid) {
  const options = /** @type {const} */ ({ encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'state=,lstart=,command=', '-p', String(pid)], options)
  // state, then five words of start time, then the command
  const match = /^\s*(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/m.exec(stdout ?? '')
  if (!match || match[1]?.startsWith('Z')) return undefined
  return { startedAt: String(match[2]), commandLine: String(match[3]).trim() }
}
