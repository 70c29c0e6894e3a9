// One hash over the content of everything that a build reads.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// Pages show sections of the runbook.
const FOLDERS = ['schemas', 'adapters', 'local-node', 'cloud-node', 'bin', 'bench', 'scripts', 'docs/operations']
const SKIPPED = new Set(['node_modules', 'dist', 'coverage'])

/** @param {string} root @returns {string} hexadecimal */
export function hashSources(root) {
  const hash = createHash('sha256')
  for (const path of listSources(root)) {
    const content = readFileSync(join(root, path))
    // Path and length keep apart what would otherwise run together.
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** @param {string} root @returns {string[]} relative to it, sorted */
export function listSources(root) {
  const settings = readdirSync(root).filter((name) => /^(tsconfig.*|package-lock)\.json$/.test(name))
  return [...settings, ...FOLDERS.flatMap((folder) => listFiles(root, folder))].toSorted()
}

/**
 * @param {string} root
 * @param {string} folder relative to it
 * @returns {string[]} all files below, relative to the root; none when there is no such folder
 */
export function listFiles(root, folder) {
  /** @type {import('node:fs').Dirent[]} */
  let entries
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true })
  } catch {
    return []
  }
  return entries.flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? listFiles(root, path) : [path]
  })
}
