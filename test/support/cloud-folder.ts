/** Headquarters' folder for tests of what commands do with it, whether its node runs or not. */
import { join } from 'node:path'
import {
  killAllNodes,
  runCommand,
  startNode,
  temporaryFolder,
  type CommandResult,
  type NodeProcess,
} from './node-process.ts'

export const PASSWORD = 'correct horse battery'

export interface CloudFolder {
  /** Of other files of the test. */
  readonly path: string
  start(...args: readonly string[]): Promise<NodeProcess>
  /** `outpost cloud …` on it, with no password but the one given. */
  command(args: readonly string[], password?: string): Promise<CommandResult>
  /** With all nodes that run. */
  remove(): Promise<void>
}

export function openCloudFolder(): CloudFolder {
  const { path, remove } = temporaryFolder()
  const data = join(path, 'cloud')
  return {
    path,
    start: (...args) => startNode(['cloud', 'start', '--data', data, ...args]),
    command: (args, password = '') => runCommand(['cloud', ...args, '--data', data], { OUTPOST_PASSWORD: password }),
    async remove() {
      await killAllNodes()
      remove()
    },
  }
}
