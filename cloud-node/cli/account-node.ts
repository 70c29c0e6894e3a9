/** What is done with accounts, through the running node or on the store of the stopped one. */
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { AccountRole } from '../../schemas/access.ts'
import { auditQuerySchema, type AccountView, type AuditPage, type NewAccount } from '../../schemas/protocol/accounts.ts'
import type { CloudAccess } from '../cloud-access.ts'

export interface AccountNode {
  list(): Promise<AccountView[]>
  add(account: NewAccount): Promise<AccountView>
  setRole(id: string, role: AccountRole): Promise<AccountView>
  setPassword(id: string, password: string): Promise<AccountView>
  close(id: string): Promise<AccountView>
  reopen(id: string): Promise<AccountView>
  audit(page: { readonly limit: number; readonly before?: number | undefined }): Promise<AuditPage>
}

/** @param begins a headquarters where there is none yet */
export type OnAccounts = <T>(dataDir: string, work: (node: AccountNode) => Promise<T>, begins?: boolean) => Promise<T>

export function remoteAccounts(node: NodeAddress): AccountNode {
  const post = (id: string, what: string, body: object) =>
    callNode<AccountView>(node, 'POST', `/api/accounts/${encodeURIComponent(id)}/${what}`, body)
  return {
    list: () => callNode(node, 'GET', '/api/accounts'),
    add: (account) => callNode(node, 'POST', '/api/accounts', account),
    setRole: (id, role) => post(id, 'role', { role }),
    setPassword: (id, password) => post(id, 'password', { password }),
    close: (id) => post(id, 'close', {}),
    reopen: (id) => post(id, 'reopen', {}),
    audit: ({ limit, before }) =>
      callNode(node, 'GET', `/api/audit?limit=${limit}${before === undefined ? '' : `&before=${before}`}`),
  }
}

export function directAccounts({ accounts, audit }: CloudAccess): AccountNode {
  return {
    list: async () => accounts.list(),
    add: (account) => accounts.add(account, ACTOR),
    setRole: async (id, role) => accounts.setRole(id, role, ACTOR),
    setPassword: (id, password) => accounts.setPassword(id, password, ACTOR),
    close: async (id) => accounts.close(id, ACTOR),
    reopen: async (id) => accounts.reopen(id, ACTOR),
    audit: async (page) => ({ entries: audit.list(auditQuerySchema.parse(page)) }),
  }
}

const ACTOR = 'command'
