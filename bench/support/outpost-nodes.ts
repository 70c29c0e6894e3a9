/** Nodes as people run them, each a process of the `outpost` command. */
import { callServer, startServer, type ServerProcess } from './server-process.ts'
import { BRANCH_ID } from './replication-leg.ts'

const OUTPOST = '../../bin/outpost.js'

export function startCloud(folder: string): Promise<ServerProcess> {
  return startServer(OUTPOST, ['cloud', 'start', '--data', folder, '--port', '0'])
}

export function startBranch(folder: string, cloudUrl: string, flags: readonly string[]): Promise<ServerProcess> {
  const identity = ['--branch', BRANCH_ID, '--cloud', cloudUrl]
  return startServer(OUTPOST, ['branch', 'start', '--data', folder, ...identity, '--port', '0', ...flags])
}

export async function addBranch(cloudUrl: string, id: string): Promise<void> {
  await callServer(cloudUrl, '/api/branches', { id, name: id })
}
