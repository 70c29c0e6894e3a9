/** The local node of a large branch whose headquarters is away. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { callNode } from '../../adapters/cli/node-client.ts'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import { fillLargeBranch } from './app-documents.ts'
import { addBranch, startBranch, startCloud, type NodeServer } from './outpost-nodes.ts'
import { BRANCH_ID } from './replication-leg.ts'
import { startServer } from './server-process.ts'

export async function startLargeBranch(
  folder: string,
  count: { readonly members: number; readonly orders: number },
): Promise<NodeServer> {
  const [cloudDir, dataDir] = [join(folder, 'cloud'), join(folder, BRANCH_ID)]
  for (const dir of [cloudDir, dataDir]) mkdirSync(dir)
  const cloud = await startCloud(cloudDir)
  await addBranch(cloud, BRANCH_ID)
  const enrolled = await startBranch(dataDir, cloud, cloud.url, [])
  const { chainKey } = await callNode<BranchSession>(enrolled, 'GET', '/api/session')
  await enrolled.stop()
  await cloud.stop()
  fillLargeBranch({ dataDir, branchId: BRANCH_ID, chainKey, ...count })
  const flags = ['--data', dataDir, '--cloud', cloud.url, '--port', '0']
  const server = await startServer('../../bin/outpost.js', ['branch', 'start', ...flags])
  return { ...server, token: readNodeFile(dataDir)!.token }
}
