/** A process that runs a script of this folder, with the packages of this folder, and answers messages. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Answer {
  /** Of the question; 0 once the process is ready. */
  readonly number?: number
  readonly result?: unknown
  readonly failure?: string
}

export class CompatProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #asked = 0
  #said = ''
  /** What it ended with, once it has. */
  #ended: string | undefined

  private constructor(script: string) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#child = fork(path, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    }
    this.#child.on('message', (answer: Answer) => this.#waiting.get(answer.number!)?.(answer))
    this.#child.once('close', (code) => {
      this.#ended = `${script} ended with ${code}: ${this.#said.slice(-2000)}`
      for (const tell of this.#waiting.values()) tell({ failure: this.#ended })
    })
  }

  /** @param script a file of this folder */
  static async start(script: string): Promise<CompatProcess> {
    const started = new CompatProcess(script)
    await started.#answer(0)
    return started
  }

  /** @throws Error what the command failed with, or that the process has ended */
  async ask<T>(command: string, parameters: object = {}): Promise<T> {
    const number = ++this.#asked
    const answered = this.#answer(number)
    // One that has just ended cannot be told; it is closed soon, which answers all.
    if (this.#child.connected) this.#child.send({ number, command, ...parameters }, () => undefined)
    return (await answered) as T
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  #answer(number: number): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended))
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, ({ result, failure }) => {
        this.#waiting.delete(number)
        if (failure === undefined) resolve(result)
        else reject(new Error(failure))
      })
    })
  }
}
