// Finds programs the way a shell does, plus folders that an ordinary user's PATH leaves out (Debian keeps servers in
// /usr/sbin).
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Folders looked at after the PATH: Debian, a source install, Homebrew. */
export const SYSTEM_FOLDERS = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/local/mysql/bin',
  '/opt/homebrew/bin',
]

/**
 * @param {readonly string[]} names tried in this order, each in every folder
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} [extraFolders]
 * @returns {string | undefined} absolute path of an executable
 */
export function locate(names, env, extraFolders = []) {
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), ...extraFolders]
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable)
    if (found) return found
  }
  return undefined
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
