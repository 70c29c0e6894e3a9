// A tiny checkout with the real scripts and a stand-in for everything that they run.
import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { GROUP_VARIABLE } from '../../../scripts/lib/process-tree.mjs'
import { createFolder, writeFiles } from './folder.js'

const SCRIPTS = fileURLToPath(new URL('../../../scripts', import.meta.url))

/** Only inside a test. `files` may add to the checkout; `tsc` there copies each .ts of bench and scripts/demo as .js. */
export function createCheckout(files: Record<string, string>): string {
  const root = createFolder()
  cpSync(SCRIPTS, join(root, 'scripts'), { recursive: true })
  const compile = `#!/bin/sh
for file in bench/*.ts scripts/demo/*.ts; do
  [ -e "$file" ] || continue
  mkdir -p "dist/$(dirname "$file")" && cp "$file" "dist/\${file%.ts}.js"
done
`
  writeFiles(root, {
    'package.json': '{ "name": "outpost", "type": "module", "scripts": { "types": "true" } }',
    'package-lock.json': '{ "name": "outpost", "lockfileVersion": 3, "packages": { "": { "name": "outpost" } } }',
    'node_modules/.bin/tsc': compile,
    ...files,
  })
  return root
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** As a shell does it: in a process group of its own. */
export function startScript(root: string, script: string, args: string[], env: Record<string, string> = {}) {
  const all: NodeJS.ProcessEnv = { ...process.env, ...env }
  delete all[GROUP_VARIABLE]
  if (!('MYSQL_URL' in env)) delete all['MYSQL_URL']
  const child = spawn(process.execPath, [join(root, 'scripts', script), ...args], {
    env: all,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, ended: collect(child) }
}

export function runScript(root: string, script: string, args: string[], env: Record<string, string> = {}) {
  return startScript(root, script, args, env).ended
}

async function collect(child: ChildProcess): Promise<Ended> {
  const exit = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('started without pipes')
  const output = await Promise.all([text(stdout), text(stderr)])
  return { ...(await exit), stdout: output[0], stderr: output[1] }
}
