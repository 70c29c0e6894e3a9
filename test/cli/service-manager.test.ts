/** A node under systemd, in whose place a program of the same name writes down what it is told to say. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { findServiceManager } from '../../adapters/node/service-manager.ts'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import { limitFileSizes } from '../durability/support/limited-disk.ts'
import { killAllNodes, startNode, temporaryFolder } from '../support/node-process.ts'

const folder = temporaryFolder()
const programs = join(folder.path, 'programs')
mkdirSync(programs)

afterEach(killAllNodes)
afterAll(folder.remove)

const PATIENCE = { timeout: 20_000, interval: 20 }

const WRITE_DOWN = 'printf "%s|" "$@" >> "$NOTIFY_SOCKET"; echo >> "$NOTIFY_SOCKET"'

/** @returns what stands in the environment of a service, and what was said in it, a message a line */
function service(name: string, script = WRITE_DOWN) {
  const socket = join(folder.path, name)
  writeFileSync(socket, '')
  const program = join(programs, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
  const env = { NOTIFY_SOCKET: socket, PATH: `${programs}${delimiter}${process.env['PATH']}` }
  return { env, said: () => readFileSync(socket, 'utf8').split('\n').slice(0, -1) }
}

const ALIVE = 'READY=1|STATUS=running|WATCHDOG=1|'

it('a node tells systemd that it is ready and lives, and before it ends that it stops', async () => {
  const { env, said } = service('node')
  const data = join(folder.path, 'cloud')
  const node = await startNode(['cloud', 'start', '--data', data], { ...env, WATCHDOG_USEC: '300000' })
  await vi.waitFor(() => expect(said().filter((line) => line === ALIVE).length).toBeGreaterThan(2), PATIENCE)
  expect(await node.stop()).toBe(0)
  expect(said().at(-1)).toBe('STOPPING=1|')
})

it('a node whose disk has failed says so, and gives no sign of life until it is started again', async () => {
  // What the node may not do, the program may.
  const { env, said } = service('failing', `ulimit -S -f unlimited; ${WRITE_DOWN}`)
  const data = join(folder.path, 'failing-disk')
  await startNode(['cloud', 'start', '--data', data], { ...env, WATCHDOG_USEC: '300000' })
  await vi.waitFor(() => expect(said()).toContain(ALIVE), PATIENCE)
  const { pid } = readNodeFile(data)!
  const silent = (from: number) =>
    said()
      .slice(from)
      .filter((line) => !line.includes('WATCHDOG=1'))
  limitFileSizes(0, pid)
  await vi.waitFor(() => expect(silent(0)[0]).toMatch(/^READY=1\|STATUS=the disk of .* does not work/), PATIENCE)
  // Well again, but nobody knows what it has kept.
  limitFileSizes(undefined, pid)
  const from = said().length
  await vi.waitFor(() => expect(silent(from).length).toBeGreaterThan(2), PATIENCE)
  expect(
    said()
      .slice(from)
      .filter((line) => line.includes('WATCHDOG=1')),
  ).toEqual([])
})

describe('the way to systemd', () => {
  const warnings: string[] = []
  const nothing = () => undefined
  const log = { debug: nothing, info: nothing, error: nothing, warn: (_: object, text: string) => warnings.push(text) }

  it('is none where no service manager waits', () => {
    expect(findServiceManager({}, log)).toBeUndefined()
  })

  it('knows how long systemd waits, if it is this process that is watched', () => {
    const found = (env: NodeJS.ProcessEnv) => findServiceManager({ NOTIFY_SOCKET: '/run/x', ...env }, log)?.watchdogMs
    expect(found({ WATCHDOG_USEC: '30000000' })).toBe(30_000)
    expect(found({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) })).toBe(30_000)
    expect(found({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' })).toBeUndefined()
    expect(found({})).toBeUndefined()
  })

  it('gives the program nothing of the environment but where to speak', async () => {
    const { env, said } = service('environment', 'echo "${MY_SECRET:-nothing}" >> "$NOTIFY_SOCKET"')
    await findServiceManager({ ...env, MY_SECRET: 'kelp' }, log)!.tell('READY=1')
    expect(said()).toEqual(['nothing'])
  })

  it('that fails is told once, and hinders nothing', async () => {
    const manager = findServiceManager(service('refusing', 'exit 1').env, log)!
    await manager.tell('READY=1')
    await manager.tell('READY=1')
    expect(warnings).toEqual([expect.stringContaining('systemd-notify failed')])
  })
})
