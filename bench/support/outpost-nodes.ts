/** Nodes as people run them, each a process of the `outpost` command. */
import { callNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import { enrol } from '../../scripts/demo/enrol.ts'
import { BRANCH_ID } from './replication-leg.ts'
import { startServer, type ServerProcess } from './server-process.ts'

const OUTPOST = '../../bin/outpost.js'

export type NodeServer = ServerProcess & NodeAddress

export function startCloud(folder: string): Promise<NodeServer> {
  return startNode('cloud', folder, [])
}

/** @param cloudUrl headquarters as the branch reaches it */
export async function startBranch(
  folder: string,
  cloud: NodeAddress,
  cloudUrl: string,
  flags: readonly string[],
): Promise<NodeServer> {
  await enrol(cloud, { id: BRANCH_ID, dataDir: folder, cloudUrl: cloud.url })
  return startNode('branch', folder, ['--cloud', cloudUrl, ...flags])
}

export async function addBranch(cloud: NodeAddress, id: string): Promise<void> {
  await callNode(cloud, 'POST', '/api/branches', { id, name: id })
}

async function startNode(side: 'cloud' | 'branch', folder: string, flags: readonly string[]): Promise<NodeServer> {
  const server = await startServer(OUTPOST, [side, 'start', '--data', folder, '--port', '0', ...flags])
  return { ...server, token: readNodeFile(folder)!.token }
}
