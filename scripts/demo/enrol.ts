/** Adds a branch at headquarters and makes a data folder its PC, as a person does with `outpost branch enroll`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { enrolBranch } from '../../local-node/enrol-branch.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { IssuedCode } from '../../schemas/protocol/branches.ts'

export interface Enrolling {
  readonly id: string
  readonly dataDir: string
  /** Headquarters, as the branch reaches it. */
  readonly cloudUrl: string
  readonly declarations?: readonly CollectionDeclaration[]
}

/** Does nothing for a folder that is a branch already. */
export async function enrolOnce(cloud: NodeAddress, enrolling: Enrolling): Promise<void> {
  if (!existsSync(join(enrolling.dataDir, 'store.sqlite'))) await enrol(cloud, enrolling)
}

export async function enrol(
  cloud: NodeAddress,
  { id, dataDir, cloudUrl, declarations = COLLECTIONS }: Enrolling,
): Promise<void> {
  const { code } = await callNode<IssuedCode>(cloud, 'POST', `/api/branches/${id}/code`, {})
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  await enrolBranch({ dataDir, cloudUrl, code, declarations, log: silent })
}

const ignore = () => undefined
