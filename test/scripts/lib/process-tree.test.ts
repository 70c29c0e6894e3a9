import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf, GROUP_VARIABLE, spawnChild, stopAll } from '../../../scripts/lib/process-tree.mjs'
import { createWitness, type Witness } from '../support/witness.js'

const LEAF = fileURLToPath(new URL('../support/leaf.mjs', import.meta.url))
const BRANCHING = fileURLToPath(new URL('../support/branching.mjs', import.meta.url))

let witness: Witness
beforeEach(async () => {
  witness = await createWitness()
})
afterEach(async () => {
  await stopAll(0)
  await witness.close()
})

/** As a shell starts it: in a process group of its own, which a terminal's Ctrl-C reaches as a whole. */
function startInTerminal(mode: string): ChildProcess {
  const env = { ...process.env }
  delete env[GROUP_VARIABLE]
  return spawn(process.execPath, [BRANCHING, String(witness.port), 'top', mode], {
    env,
    detached: true,
    stdio: 'ignore',
  })
}

const pressCtrlC = (terminal: ChildProcess) => process.kill(-(terminal.pid ?? Number.NaN), 'SIGINT')
const exitOf = async (child: ChildProcess) => (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]

describe('a process that gets Ctrl-C', { timeout: 60_000 }, () => {
  it('stops its ordinary children, then the last one, and ends by the signal', async () => {
    const terminal = startInTerminal('')
    await Promise.all([witness.saw('top up'), witness.saw('top-node up'), witness.saw('top-database up')])
    pressCtrlC(terminal)
    expect(await exitOf(terminal)).toEqual([null, 'SIGINT'])
    await Promise.all([witness.saw('top gone'), witness.saw('top-node gone'), witness.saw('top-database gone')])
    // Each speaks over a connection of its own: of what two of them say, no order is known.
    expect(witness.events.filter((event) => / SIG/.test(event)).toSorted()).toEqual([
      'top-database SIGTERM',
      'top-node SIGTERM',
    ])
    expect(witness.events).toContain('top-database alone')
  })

  it('lets a child that has children itself stop them in order first', async () => {
    const terminal = startInTerminal('nested')
    const everyone = ['top', 'top-node', 'top-database', 'top-main', 'top-main-node', 'top-main-database']
    await Promise.all(everyone.map((name) => witness.saw(`${name} up`)))
    pressCtrlC(terminal)
    await Promise.all(everyone.map((name) => witness.saw(`${name} gone`)))
    for (const name of ['top-main-database', 'top-database']) expect(witness.events).toContain(`${name} alone`)
  })

  it('kills stubborn children when Ctrl-C is pressed again', async () => {
    const terminal = startInTerminal('stubborn')
    await Promise.all([witness.saw('top up'), witness.saw('top-node up'), witness.saw('top-database up')])
    pressCtrlC(terminal)
    await witness.saw('top-node SIGTERM')
    const impatience = setInterval(() => pressCtrlC(terminal), 50)
    const exit = await exitOf(terminal)
    clearInterval(impatience)
    expect(exit).toEqual([null, 'SIGINT'])
    await Promise.all([witness.saw('top-node gone'), witness.saw('top-database gone')])
  })
})

describe('a process that ends on its own', { timeout: 60_000 }, () => {
  it.each(['crash', 'exit'])('leaves no child behind (%s)', async (mode) => {
    const terminal = startInTerminal(mode)
    await Promise.all([witness.saw('top up'), witness.saw('top-node up'), witness.saw('top-database up')])
    terminal.kill('SIGUSR2')
    expect(await exitOf(terminal)).toEqual(mode === 'crash' ? [1, null] : [0, null])
    await Promise.all([witness.saw('top-node gone'), witness.saw('top-database gone')])
  })
})

describe('a child', { timeout: 60_000 }, () => {
  it('is killed when it does not stop within the deadline', async () => {
    const child = spawnChild(process.execPath, [LEAF, String(witness.port), 'leaf', 'stubborn'])
    await witness.saw('leaf up')
    expect(await child.stop(1)).toEqual({ code: null, signal: 'SIGKILL' })
    await witness.saw('leaf gone')
  })

  it('hands over its output by line, with a prefix for the log', async () => {
    const logged: string[] = []
    const heard: string[] = []
    const child = spawnChild(process.execPath, ['-e', 'console.log("one\\ntwo"); console.error("three")'], {
      prefix: 'shop ',
      log: (line) => logged.push(line),
      onLine: (line, stream) => heard.push(`${stream} ${line}`),
    })
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(logged.toSorted()).toEqual(['shop one', 'shop three', 'shop two'])
    expect(heard.toSorted()).toEqual(['stderr three', 'stdout one', 'stdout two'])
  })

  it('that cannot be started says so in one sentence', async () => {
    const child = spawnChild('/no/such/program', [])
    await expect(child.exited).rejects.toThrow('cannot start /no/such/program: spawn /no/such/program ENOENT')
    await stopAll()
  })

  it('has the exit code that a shell would give it', () => {
    expect(exitCodeOf({ code: 3, signal: null })).toBe(3)
    expect(exitCodeOf({ code: null, signal: 'SIGINT' })).toBe(130)
  })
})
