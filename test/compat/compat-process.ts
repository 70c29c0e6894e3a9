/** A process that runs a script of this folder, with the packages of this folder, and answers messages. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Answer {
  readonly ready?: true
  readonly number?: number
  readonly result?: unknown
  readonly failure?: string
}

export class CompatProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #asked = 0
  #said = ''

  private constructor(script: string, env: NodeJS.ProcessEnv) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#child = fork(path, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...env } })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    }
    this.#child.on('message', (answer: Answer) => this.#waiting.get(answer.number ?? 0)?.(answer))
    this.#child.once('exit', (code) => {
      const failure = `${script} ended with ${code}: ${this.#said.slice(-2000)}`
      for (const tell of this.#waiting.values()) tell({ failure })
    })
  }

  /** @param script a file of this folder */
  static async start(script: string, env: NodeJS.ProcessEnv = {}): Promise<CompatProcess> {
    const started = new CompatProcess(script, env)
    await started.#answer(0)
    return started
  }

  /** @throws Error what the command failed with, or that the process has ended */
  async ask<T>(command: string, parameters: object = {}): Promise<T> {
    const number = ++this.#asked
    const answered = this.#answer(number)
    this.#child.send({ number, command, ...parameters })
    return (await answered) as T
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  #answer(number: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, ({ result, failure }) => {
        this.#waiting.delete(number)
        if (failure === undefined) resolve(result)
        else reject(new Error(failure))
      })
    })
  }
}
