/**
 * What the member commands ask for: phones, which never stand on the command line, where the shell's history and the
 * list of processes would keep them; and a yes to what cannot be taken back.
 */
import { createInterface } from 'node:readline'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { looksLikePhone } from '../../schemas/phone-like.ts'

export interface Terminal {
  /** Whether a person sits there. */
  readonly isInteractive: boolean
  /** What a person types; empty if they leave. */
  ask(question: string): Promise<string>
  /** All that comes from a file or another program. */
  readInput(): Promise<string>
}

/** More than one line with a phone. */
const MAX_INPUT = 1000

export const processTerminal: Terminal = {
  get isInteractive() {
    return process.stdin.isTTY
  },
  ask(question) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    return new Promise((resolve) => {
      let answered = false
      terminal.once('close', () => {
        // Ctrl-C and Ctrl-D close it without an answer, and leave the line unended.
        if (!answered) process.stderr.write('\n')
        resolve('')
      })
      terminal.question(question, (answer) => {
        answered = true
        resolve(answer)
        terminal.close()
      })
    })
  },
  async readInput() {
    let text = ''
    process.stdin.setEncoding('utf8')
    for await (const chunk of process.stdin) {
      text += String(chunk)
      if (text.length > MAX_INPUT) break
    }
    return text
  },
}

/** @throws OutpostError BAD_CONFIGURATION, which never repeats what was typed */
export async function askForPhone(terminal: Terminal, question: string): Promise<string> {
  const text = terminal.isInteractive ? await terminal.ask(`${question}: `) : await terminal.readInput()
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const [phone] = lines
  if (phone === undefined) {
    throw wrongPhone('no phone was given: type it when asked, or send it to the standard input, such as from a file')
  }
  if (lines.length > 1) throw wrongPhone('more than one line came; one phone on one line is wanted')
  if (phone.length > 100) throw wrongPhone('longer than any phone number')
  return phone
}

/**
 * Asks before what cannot be taken back.
 *
 * @returns whether to go on
 * @throws OutpostError BAD_CONFIGURATION where nobody can be asked
 */
export async function confirm(
  terminal: Terminal,
  question: string,
  flags: { readonly yes?: boolean; readonly json?: boolean },
): Promise<boolean> {
  if (flags.yes) return true
  if (!terminal.isInteractive || flags.json) {
    throw new OutpostError('BAD_CONFIGURATION', `${question} Say --yes to do it.`, { field: 'yes' })
  }
  return /^y(es)?$/i.test((await terminal.ask(`${question} Do it? [y/N] `)).trim())
}

/** What is wrong with a phone where an id belongs, without repeating it. */
export function phoneAsId(text: string | undefined): string | undefined {
  if (text === undefined || !looksLikePhone(text)) return undefined
  return 'an id is wanted, and this looks like a phone, which the shell has in its history now: `outpost member show --phone` asks for it and shows the id'
}

function wrongPhone(message: string): OutpostError {
  return new OutpostError('BAD_CONFIGURATION', message, { field: 'phone' })
}
