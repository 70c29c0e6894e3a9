import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSecret } from '../../adapters/cli/read-secret.ts'
import { temporaryFolder } from '../support/node-process.ts'

const env = 'OUTPOST_TEST_SECRET'
const refused = (message: RegExp) => ({
  code: 'BAD_CONFIGURATION',
  message: expect.stringMatching(message) as string,
})

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => {
  delete process.env[env]
  folder.remove()
})

/** A person who answers each question, and what they see meanwhile. */
function typing(...answers: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  let seen = ''
  output.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
    // Whoever asks listens as soon as it has asked.
    if (chunk.toString().endsWith(': ')) setImmediate(() => input.write(answers.shift() ?? ''))
  })
  return { terminal: { input, output }, seen: () => seen }
}

function ask(terminal: ReturnType<typeof typing>['terminal'], confirm = false): Promise<string> {
  return readSecret({ question: 'Password', env, file: undefined, confirm }, terminal)
}

describe('a secret that is typed', () => {
  it('is taken with its corrections, and never shown', async () => {
    const { terminal, seen } = typing('huntre\u007f\u007fer 2\r')
    expect(await ask(terminal)).toBe('hunter 2')
    expect(seen()).toBe('Password: \n')
  })

  it('is asked for twice where it is new, and must be the same', async () => {
    const same = typing('hunter 2\r', 'hunter 2\r')
    expect(await ask(same.terminal, true)).toBe('hunter 2')
    expect(same.seen()).toBe('Password: \nPassword, once more: \n')
    const other = typing('hunter 2\r', 'hunter 3\r')
    await expect(ask(other.terminal, true)).rejects.toMatchObject(refused(/^the two were not the same/))
    expect(other.seen()).not.toContain('hunter')
  })

  it('is not asked for again where it cannot be taken', async () => {
    const { terminal, seen } = typing('hunt\r', 'hunt\r')
    const problem = (typed: string) => (typed.length < 8 ? 'it must have at least 8 characters' : undefined)
    const asked = readSecret({ question: 'Password', env, file: undefined, confirm: true, problem }, terminal)
    await expect(asked).rejects.toMatchObject(refused(/^it must have at least 8 characters; nothing has changed$/))
    expect(seen()).toBe('Password: \n')
  })

  it.each([
    ['Ctrl-C', 'hunt\u0003'],
    ['Ctrl-D', '\u0004'],
    ['nothing', '\r'],
  ])('is none after %s', async (_key, typed) => {
    await expect(ask(typing(typed).terminal)).rejects.toMatchObject(refused(/^nothing was typed/))
  })

  it('is not waited for where nobody sits', async () => {
    const terminal = { input: new PassThrough(), output: new PassThrough() }
    await expect(ask(terminal as never)).rejects.toMatchObject(refused(/put it into OUTPOST_TEST_SECRET/))
  })
})

describe('a secret that is given', () => {
  function file(text: string, mode = 0o600): string {
    const path = join(folder.path, 'secret')
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const read = (path?: string) => readSecret({ question: 'Password', env, file: path })

  it('comes from the environment, unless a file is named', async () => {
    process.env[env] = ' hunter 2 '
    expect(await read()).toBe(' hunter 2 ')
    expect(await read(file('hunter 3\n'))).toBe('hunter 3')
  })

  it.each(['640', '604', '620', '601'])('is refused from a file with mode %s, which others may open', async (mode) => {
    const path = file('hunter 2\n', Number.parseInt(mode, 8))
    await expect(read(path)).rejects.toMatchObject(refused(/^others may read .*: chmod 600 /))
  })

  it.each([
    ['is empty', ''],
    ['holds an empty line', '\n'],
    ['holds two lines', 'hunter 2\nhunter 3\n'],
    ['is far too large', 'x'.repeat(5000)],
  ])('is refused from a file that %s, without a word of it', async (_how, text) => {
    const refusal = await read(file(text)).catch((error: unknown) => error)
    expect(refusal).toMatchObject(refused(/one line/))
    expect((refusal as Error).message).not.toMatch(/hunter|xxx/)
  })

  it('is refused from what is no file', async () => {
    await expect(read(join(folder.path, 'none'))).rejects.toMatchObject(refused(/cannot be read/))
    chmodSync(folder.path, 0o700)
    await expect(read(folder.path)).rejects.toMatchObject(refused(/is no file/))
  })
})
