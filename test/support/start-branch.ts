/** Starts the node of a branch that headquarters has added, on a folder that is enrolled first where it is none yet. */
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { enrolOnce, type Enrolling } from '../../scripts/demo/enrol.ts'
import { startNode, type NodeProcess } from './node-process.ts'

export interface StartedBranch extends Omit<Enrolling, 'cloudUrl'> {
  /** Where the node reaches headquarters, if not directly. It is enrolled directly. */
  readonly link?: { readonly url: string }
}

/** @param flags more of `outpost branch start` */
export async function startBranch(
  cloud: NodeAddress,
  { link = cloud, ...branch }: StartedBranch,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<NodeProcess> {
  await enrolOnce(cloud, { ...branch, cloudUrl: cloud.url })
  return startNode(['branch', 'start', '--data', branch.dataDir, '--cloud', link.url, ...flags], env)
}
