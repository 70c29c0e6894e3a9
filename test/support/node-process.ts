/** Real nodes for tests: `dist/bin/outpost.js` as processes of their own, on data folders that outlive them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { callNode, commandHeaders } from '../../adapters/cli/node-client.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'

export const OUTPOST = fileURLToPath(new URL('../../dist/bin/outpost.js', import.meta.url))

export interface NodeProcess extends NodeAddress {
  readonly dataDir: string
  /** SIGTERM; resolves with the exit code, `null` where it was killed. */
  stop(): Promise<number | null>
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** As a command of its machine, and whatever the answer is. */
  ask(path: string, init?: RequestInit): Promise<Response>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test has left. */
export async function killAllNodes(): Promise<void> {
  await Promise.all([...running].map((child) => killChild(child)))
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'outpost-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** @param args as on the command line, such as `['cloud', 'start', '--data', folder]`; a free port unless they name one */
export async function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<NodeProcess> {
  const port = args.includes('--port') ? [] : ['--port', '0']
  const child = spawn(process.execPath, [OUTPOST, ...args, ...port], {
    env: { ...process.env, MYSQL_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const found = /at (http:\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`outpost ${args.join(' ')} ended with ${code}: ${said.join('\n')}`)))
  })
  const dataDir = args[args.indexOf('--data') + 1]!
  const { token } = readNodeFile(dataDir)!
  const node = { url, token }
  return {
    ...node,
    dataDir,
    async stop() {
      running.delete(child)
      if (hasEnded(child)) return child.exitCode
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = (await exited) as [number | null]
      return code
    },
    kill: () => killChild(child),
    get: (path) => callNode(node, 'GET', path),
    post: (path, body) => callNode(node, 'POST', path, body),
    ask: (path, init = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { ...commandHeaders(node), ...init.headers } }),
  }
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `outpost …` to its end. */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [OUTPOST, ...args], {
    env: { ...process.env, MYSQL_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  running.delete(child)
  return { code, stdout, stderr }
}

async function killChild(child: ChildProcess): Promise<void> {
  running.delete(child)
  if (hasEnded(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** By itself or by a signal: nothing tells of its end again. */
function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
