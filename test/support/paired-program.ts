/** Programs that RxDB's clients are, let in by a token: at a branch's node as a paired device, at headquarters for one branch. */
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { ProgramView } from '../../schemas/protocol/branches.ts'
import type { PairingAnswer, PairingCode } from '../../schemas/protocol/staff.ts'

const paired = new WeakMap<NodeAddress, Promise<NodeAddress>>()

/** @returns the branch's node with the program's token instead of the command's; one program for each start of a node */
export function programAt(branch: NodeAddress): Promise<NodeAddress> {
  const program = paired.get(branch) ?? pair(branch)
  paired.set(branch, program)
  return program
}

async function pair(branch: NodeAddress): Promise<NodeAddress> {
  const { code } = await callNode<PairingCode>(branch, 'POST', '/api/pairing-codes', {})
  const asked = { code, name: 'Program', bearer: true }
  const { token } = await callNode<PairingAnswer>(branch, 'POST', '/api/pairing', asked)
  return { url: branch.url, token: token! }
}

export async function programOf(cloud: NodeAddress, branchId: string): Promise<NodeAddress> {
  const asked = { name: `program of ${branchId}`, branchId }
  const { token } = await callNode<ProgramView & { token: string }>(cloud, 'POST', '/api/programs', asked)
  return { url: cloud.url, token }
}
