/** Who is let in at headquarters as a branch, through the running node or on the store of the stopped one. */
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { actorOf } from '../../schemas/access.ts'
import type { BranchKeyView, IssuedCode, ProgramView, RevokeOutcome } from '../../schemas/protocol/branches.ts'
import type { CloudAccess } from '../cloud-access.ts'
import type { OnNode } from './lifecycle-node.ts'

export interface NewProgram extends ProgramView {
  readonly token: string
}

export interface EnrolmentNode {
  issueCode(branchId: string): Promise<IssuedCode>
  keys(branchId: string): Promise<{ readonly keys: readonly BranchKeyView[] }>
  revoke(branchId: string, dryRun: boolean): Promise<RevokeOutcome>
  addProgram(name: string, branchId: string): Promise<NewProgram>
  programs(): Promise<readonly ProgramView[]>
  revokeProgram(id: string): Promise<{ readonly revoked: string }>
}

export type OnEnrolment = OnNode<EnrolmentNode>

export function remoteEnrolment(node: NodeAddress): EnrolmentNode {
  const at = (id: string) => `/api/branches/${encodeURIComponent(id)}`
  return {
    issueCode: (id) => callNode(node, 'POST', `${at(id)}/code`, {}),
    keys: (id) => callNode(node, 'GET', `${at(id)}/keys`),
    revoke: (id, dryRun) => callNode(node, 'POST', `${at(id)}/revoke`, { dryRun }),
    addProgram: (name, branchId) => callNode(node, 'POST', '/api/programs', { name, branchId }),
    programs: () => callNode(node, 'GET', '/api/programs'),
    revokeProgram: (id) => callNode(node, 'POST', `/api/programs/${encodeURIComponent(id)}/revoke`, {}),
  }
}

/** What the addresses of a running node note in the audit log is noted here. */
export function directEnrolment(access: CloudAccess): EnrolmentNode {
  const { audit, enrolment } = access
  const note = (action: string, subject: string) => audit.note({ actor: actorOf({ kind: 'command' }), action, subject })
  return {
    async issueCode(id) {
      const issued = enrolment.issueCode(id)
      note('branch.code', id)
      return issued
    },
    keys: async (id) => ({ keys: enrolment.keys(id) }),
    async revoke(id, dryRun) {
      const outcome = enrolment.revoke(id, dryRun)
      if (!dryRun) note('branch.revoke', id)
      return outcome
    },
    async addProgram(name, branchId) {
      const program = access.addProgram(name, branchId)
      note('program.add', program.id)
      return program
    },
    programs: async () => access.listPrograms(),
    async revokeProgram(id) {
      access.revokeProgram(id)
      note('program.revoke', id)
      return { revoked: id }
    },
  }
}
