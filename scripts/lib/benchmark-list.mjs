// Reads from the sources which benchmarks there are, so that listing them needs no build.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @type {typeof import('./benchmark-list.d.mts').listBenchmarks} */
export function listBenchmarks(root) {
  const folder = join(root, 'bench')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .toSorted()
    .flatMap((file) => {
      const source = readFileSync(join(folder, file), 'utf8')
      const description = findDescription(source)
      return description === undefined
        ? []
        : [{ name: file.slice(0, -'.ts'.length), description, needs: findNeeds(source) }]
    })
}

/** @param {string} source */
function findDescription(source) {
  const literal =
    /export const description[^=;]*=\s*((?:(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)[\s+]*)+)/
  const found = literal.exec(source)?.[1]
  if (found === undefined) return undefined
  const parts = [...found.matchAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/g)]
  return parts.map(([part]) => part.slice(1, -1).replace(/\\(.)/g, '$1')).join('')
}

/** @param {string} source */
function findNeeds(source) {
  const list = /export const needs[^=;]*=\s*\[([^\]]*)\]/.exec(source)?.[1] ?? ''
  return [...list.matchAll(/['"`]([^'"`]+)['"`]/g)].map(([, name]) => String(name))
}
