/**
 * Passwords and PINs for commands: typed without being shown, or from the environment, or from a file that nobody else
 * may read. Never an argument: the shell's history and the list of processes would keep it.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { OutpostError } from '../../schemas/outpost-error.ts'

export interface SecretSources {
  /** Such as `Password of Li`; a colon follows. */
  readonly question: string
  /** The variable of the environment that may hold it. */
  readonly env: string
  /** Goes before the environment. */
  readonly file: string | undefined
  /** Asked for a second time where it is typed, as a new one is. */
  readonly confirm?: boolean
  /** What is wrong with one that is typed, before it has to be typed again; `undefined` where nothing is. */
  readonly problem?: (typed: string) => string | undefined
}

export interface SecretTerminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/** More than any secret has. */
const MAX_BYTES = 4096

/** @throws OutpostError BAD_CONFIGURATION, which never repeats what was typed */
export async function readSecret(
  { question, env, file, confirm = false, problem }: SecretSources,
  terminal: SecretTerminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  if (file !== undefined) return readSecretFile(file)
  const given = process.env[env]
  if (given) return given
  if (terminal.input.isTTY !== true) {
    throw unusable(`${question}: there is nobody to type it; put it into ${env}, or name a file that holds it`)
  }
  const typed = await ask(terminal, `${question}: `)
  const wrong = problem?.(typed)
  if (wrong !== undefined) throw unusable(`${wrong}; nothing has changed`)
  if (confirm && (await ask(terminal, `${question}, once more: `)) !== typed) {
    throw unusable('the two were not the same; nothing has changed')
  }
  return typed
}

/** @throws OutpostError BAD_CONFIGURATION where it is not one line, or others may read it */
export function readSecretFile(path: string): string {
  const file = openFile(path)
  try {
    const facts = fstatSync(file)
    // Windows keeps no such bits.
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
      throw unusable(`others may read ${path}; take that from them first: chmod 600 ${path}`)
    }
    if (!facts.isFile() || facts.size > MAX_BYTES) throw unusable(`${path} is no file with one line`)
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    if (text === '' || /[\r\n]/.test(text)) throw unusable(`${path} must hold one line, and nothing else`)
    return text
  } finally {
    closeSync(file)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new OutpostError('BAD_CONFIGURATION', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

function ask({ input, output }: SecretTerminal, question: string): Promise<string> {
  output.write(question)
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input, output: unseen, terminal: true, historySize: 0 })
  return new Promise((resolve, reject) => {
    let typed: string | undefined
    terminal.once('line', (line) => {
      typed = line
      terminal.close()
    })
    // Ctrl-C and Ctrl-D close it without a line.
    terminal.once('close', () => {
      output.write('\n')
      if (typed) resolve(typed)
      else reject(unusable('nothing was typed; nothing has changed'))
    })
  })
}

function unusable(message: string): OutpostError {
  return new OutpostError('BAD_CONFIGURATION', message)
}
