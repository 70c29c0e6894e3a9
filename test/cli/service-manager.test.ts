/** A node under systemd, in whose place a program of the same name writes down what it is told to say. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { findServiceManager } from '../../adapters/node/service-manager.ts'
import { killAllNodes, startNode, temporaryFolder } from '../support/node-process.ts'

const folder = temporaryFolder()
const programs = join(folder.path, 'programs')
mkdirSync(programs)

afterEach(killAllNodes)
afterAll(folder.remove)

const PATIENCE = { timeout: 20_000, interval: 20 }

/** @returns what stands in the environment of a service, and what was said in it, a message a line */
function service(name: string, script = 'printf "%s|" "$@" >> "$NOTIFY_SOCKET"; echo >> "$NOTIFY_SOCKET"') {
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
    const manager = findServiceManager(service('failing', 'exit 1').env, log)!
    await manager.tell('READY=1')
    await manager.tell('READY=1')
    expect(warnings).toEqual([expect.stringContaining('systemd-notify failed')])
  })
})
