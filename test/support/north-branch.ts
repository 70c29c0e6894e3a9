/** Branch North and its headquarters as real processes, in a folder that goes with them. */
import { join } from 'node:path'
import { enrol } from '../../scripts/demo/enrol.ts'
import { runCommand, startNode, temporaryFolder, type CommandResult, type NodeProcess } from './node-process.ts'
import { opened } from './opened.ts'

export class NorthBranch implements AsyncDisposable {
  readonly #folder = temporaryFolder()
  #cloud: NodeProcess | undefined
  #node: NodeProcess | undefined

  /** Its PC is set up, its node not started yet. */
  static enrol(): Promise<NorthBranch> {
    return opened(new NorthBranch(), (north) => north.#enrol())
  }

  static async start(): Promise<NorthBranch> {
    return opened(await NorthBranch.enrol(), (north) => north.start())
  }

  /** Of other files of the test. */
  get path(): string {
    return this.#folder.path
  }

  /** As it was started last. */
  get node(): NodeProcess {
    if (!this.#node) throw new Error('the node was never started')
    return this.#node
  }

  /** At the address that it had, if it had one. */
  async start(): Promise<void> {
    const port = this.#node ? new URL(this.#node.url).port : '0'
    this.#node = await startNode(['branch', 'start', '--data', this.#dataDir, '--interval', '0.2', '--port', port])
  }

  /** `outpost branch …` on it, whether it runs or not, with no PIN but the one given. */
  command(args: readonly string[], pin = ''): Promise<CommandResult> {
    return runCommand(['branch', ...args, '--data', this.#dataDir], { OUTPOST_PIN: pin })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#node?.kill(), this.#cloud?.kill()])
    this.#folder.remove()
  }

  get #dataDir(): string {
    return join(this.path, 'b1')
  }

  async #enrol(): Promise<void> {
    this.#cloud = await startNode(['cloud', 'start', '--data', join(this.path, 'cloud')])
    await this.#cloud.post('/api/branches', { id: 'b1', name: 'North' })
    await enrol(this.#cloud, { id: 'b1', dataDir: this.#dataDir, cloudUrl: this.#cloud.url })
  }
}
