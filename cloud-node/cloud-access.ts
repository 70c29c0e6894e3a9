/** Who may ask headquarters for something: its people, the keys of its branches, programs; and who did what. */
import { AuditLog } from '../adapters/access/audit-log.ts'
import { TokenBook, type TokenEntry } from '../adapters/access/token-book.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { ProgramView } from '../schemas/protocol/branches.ts'
import type { ChainFacts } from '../schemas/protocol/chain-facts.ts'
import { Accounts } from './accounts.ts'
import { BranchKeys } from './branch-keys.ts'
import type { Chain } from './chain.ts'
import { Enrolment, type EnrolmentParts } from './enrolment.ts'

export interface CloudAccessParts {
  readonly store: Store
  readonly signing: Chain['signing']
  readonly nowMs: () => number
  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  readonly admit: (branchId: string) => unknown
  readonly find: (branchId: string) => unknown
  readonly factsFor: (branchId: string) => ChainFacts
  readonly isDead: EnrolmentParts['isDead']
  readonly revoked: (branchId: string) => void
  /** A PC that holds nothing of the branch takes its place. */
  readonly replaced: (branchId: string) => unknown
}

export class CloudAccess {
  readonly audit: AuditLog
  readonly accounts: Accounts
  readonly keys: BranchKeys
  readonly enrolment: Enrolment
  readonly programs: TokenBook
  readonly #refuseUnknown: (branchId: string) => void

  constructor({ store, signing, nowMs, admit, find, factsFor, isDead, revoked, replaced }: CloudAccessParts) {
    this.audit = new AuditLog(store, nowMs)
    this.accounts = new Accounts(store, this.audit, nowMs)
    this.keys = new BranchKeys(store, nowMs)
    this.programs = new TokenBook(store, 'program', nowMs)
    this.#refuseUnknown = (branchId) => {
      if (find(branchId) === undefined) throw new OutpostError('BRANCH_UNKNOWN', `there is no branch "${branchId}"`)
    }
    const { keys } = this
    const refuseUnknown = this.#refuseUnknown
    this.enrolment = new Enrolment({
      store,
      keys,
      signing,
      nowMs,
      admit,
      refuseUnknown,
      factsFor,
      isDead,
      revoked,
      replaced,
    })
  }

  /** @throws OutpostError BRANCH_UNKNOWN */
  addProgram(name: string, branchId: string): ProgramView & { readonly token: string } {
    this.#refuseUnknown(branchId)
    const { id, token } = this.programs.add({ name, branchId })
    return { ...viewOf(this.programs.list().find((one) => one.id === id)!), token }
  }

  listPrograms(): ProgramView[] {
    return this.programs.list().map(viewOf)
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN */
  revokeProgram(id: string): void {
    if (!this.programs.revoke(id))
      throw new OutpostError('ACCOUNT_UNKNOWN', 'there is no such program', { field: 'id' })
  }
}

function viewOf({ id, name, branchId, createdMs, lastSeenMs }: TokenEntry): ProgramView {
  return {
    id,
    name,
    branchId: branchId ?? '',
    createdAt: new Date(createdMs).toISOString(),
    ...(lastSeenMs !== undefined && { lastSeenAt: new Date(lastSeenMs).toISOString() }),
  }
}
