/** A chain as separate processes: one headquarters, its branches, and a link to each that can be cut. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { callNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { spawnChild, type Child } from '../lib/process-tree.mjs'
import { enrolOnce } from './enrol.ts'
import { Link } from './link.ts'

const OUTPOST = fileURLToPath(new URL('../../bin/outpost.js', import.meta.url))
const START_DEADLINE_MS = 30_000

export interface BranchHandle {
  readonly id: string
  readonly dataDir: string
  readonly node: NodeAddress
  readonly link: Link
  readonly process: Child
  status(): Promise<BranchNodeStatus>
}

export interface ChainOptions {
  readonly folder: string
  readonly mysqlUrl: string
  readonly country: string
  readonly currency: string
  /** Preferred ports; taken ones are replaced by free ones. */
  readonly cloudPort: number
  readonly branchPort: number
  /** How often a branch asks what is new; 1 unless said. */
  readonly intervalSeconds?: number
  readonly onLine: (line: string) => void
}

export class DemoChain {
  readonly cloud: NodeAddress
  readonly cloudDataDir: string
  readonly branches: BranchHandle[] = []
  readonly #options: ChainOptions
  readonly #process: Child

  private constructor(options: ChainOptions, cloud: NodeAddress, child: Child) {
    this.#options = options
    this.cloud = cloud
    this.cloudDataDir = join(options.folder, 'cloud')
    this.#process = child
  }

  static async start(options: ChainOptions): Promise<DemoChain> {
    const data = join(options.folder, 'cloud')
    mkdirSync(data, { recursive: true })
    const flags = ['--data', data, '--country', options.country, '--currency', options.currency]
    const { child } = await startNode(['cloud', 'start', ...flags], options.cloudPort, options, {
      MYSQL_URL: options.mysqlUrl,
    })
    return new DemoChain(options, addressOf(data), child)
  }

  /** Adds the branch at headquarters unless it is there, and starts its node behind a link of its own; `prepare` has its folder before that. */
  async addBranch(id: string, name: string, prepare?: (dataDir: string) => void): Promise<BranchHandle> {
    const known = await callNode<{ id: string }[]>(this.cloud, 'GET', '/api/branches')
    if (!known.some((branch) => branch.id === id)) await callNode(this.cloud, 'POST', '/api/branches', { id, name })
    const link = await Link.open(this.cloud.url)
    const dataDir = join(this.#options.folder, id)
    await enrolOnce(this.cloud, { id, dataDir, cloudUrl: link.url })
    prepare?.(dataDir)
    const interval = String(this.#options.intervalSeconds ?? 1)
    const flags = ['--data', dataDir, '--cloud', link.url, '--interval', interval]
    const port = this.#options.branchPort === 0 ? 0 : this.#options.branchPort + this.branches.length
    const { child } = await startNode(['branch', 'start', ...flags], port, this.#options, {})
    const node = addressOf(dataDir)
    const status = () => callNode<BranchNodeStatus>(node, 'GET', '/api/status')
    const branch: BranchHandle = { id, dataDir, node, link, process: child, status }
    this.branches.push(branch)
    return branch
  }

  cloudStatus(): Promise<CloudNodeStatus> {
    return callNode<CloudNodeStatus>(this.cloud, 'GET', '/api/status')
  }

  /** Runs `outpost …` as its own process; resolves with its exit code and what it printed. */
  async run(args: readonly string[]): Promise<{ code: number; stdout: string }> {
    let stdout = ''
    const child = spawnChild(process.execPath, [OUTPOST, ...args], {
      onLine: (line, stream) => {
        if (stream === 'stdout') stdout += `${line}\n`
        else this.#options.onLine(line)
      },
    })
    const { code } = await child.exited
    return { code: code ?? 1, stdout }
  }

  async stop(): Promise<void> {
    await Promise.all(this.branches.map(({ process: child }) => child.stop()))
    await Promise.all(this.branches.map(({ link }) => link.close()))
    await this.#process.stop()
  }
}

/** Starts a node and waits for the line that says where it is. */
async function startNode(
  args: readonly string[],
  port: number,
  options: ChainOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ child: Child }> {
  const free = port === 0 || (await isFree(port)) ? port : 0
  const told = withResolvers<string>()
  const child = spawnChild(process.execPath, [OUTPOST, ...args, '--port', String(free)], {
    env: { ...process.env, MYSQL_URL: '', ...env },
    onLine: (line, stream) => {
      const url = stream === 'stdout' ? /at (http:\S+)/.exec(line)?.[1] : undefined
      if (url === undefined) options.onLine(line)
      else told.resolve(url)
    },
  })
  const deadline = setTimeout(
    () => told.reject(new Error(`outpost ${args.join(' ')} did not start`)),
    START_DEADLINE_MS,
  )
  void child.exited.then(() => told.reject(new Error(`outpost ${args.slice(0, 2).join(' ')} ended at its start`)))
  try {
    await told.promise
    return { child }
  } finally {
    clearTimeout(deadline)
  }
}

function addressOf(dataDir: string): NodeAddress {
  const file = readNodeFile(dataDir)
  if (!file) throw new Error(`the node on ${dataDir} has said nothing of itself`)
  return file
}

async function isFree(port: number): Promise<boolean> {
  const probe = await Link.open('http://127.0.0.1:1', port).catch(() => undefined)
  await probe?.close()
  return probe !== undefined
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: Error) => void } {
  let resolve!: (value: T) => void
  let reject!: (reason: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
