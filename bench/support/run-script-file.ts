/** Runs one of the benchmarks' own scripts as a process of its own; the last line that it prints is its answer, as JSON. */
import { fileURLToPath } from 'node:url'
import { spawnChild } from '../../scripts/lib/process-tree.mjs'

/** @param script relative to this folder, as compiled */
export async function runScriptFile<T>(script: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  let last = ''
  const child = spawnChild(process.execPath, ['--enable-source-maps', path, ...args], {
    onLine: (line, stream) => {
      if (stream === 'stdout') last = line
      else process.stderr.write(`${line}\n`)
    },
  })
  const { code } = await child.exited
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
  return JSON.parse(last) as T
}
