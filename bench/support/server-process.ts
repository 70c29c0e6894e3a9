/** A server in a process of its own, known by the address that it prints when it is ready. */
import { fileURLToPath } from 'node:url'
import { spawnChild, type Child } from '../../scripts/lib/process-tree.mjs'
import { peakRssMb } from './peak-rss.ts'

export interface ServerProcess {
  readonly url: string
  /** The most memory that it has had, MB; `undefined` where the system does not tell. */
  peakRssMb(): number | undefined
  stop(): Promise<void>
}

const START_DEADLINE_MS = 60_000

/** @param script relative to this folder, as compiled */
export async function startServer(script: string, args: readonly string[]): Promise<ServerProcess> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  let child: Child
  const url = await new Promise<string>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`${script} did not start`)), START_DEADLINE_MS)
    child = spawnChild(process.execPath, ['--enable-source-maps', path, ...args], {
      env: { ...process.env, MYSQL_URL: '' },
      onLine: (line, stream) => {
        const found = stream === 'stdout' ? /at (http:\S+)/.exec(line)?.[1] : undefined
        if (found === undefined) process.stderr.write(`${line}\n`)
        else resolve(found)
      },
    })
    child.exited
      .then(() => reject(new Error(`${script} ${args.slice(0, 2).join(' ')} ended at its start`)), reject)
      .finally(() => clearTimeout(deadline))
  })
  return {
    url,
    peakRssMb: () => peakRssMb(child.pid),
    stop: async () => void (await child.stop()),
  }
}

/** @throws what the server answered when that is no success */
export async function callServer<T>(url: string, path: string, body?: object): Promise<T> {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`${url}${path}`, init ?? {})
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text) as T
}
