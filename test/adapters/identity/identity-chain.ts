/** A simulated chain with the desks that people sit at, for tests that tell what staff do. */
import { shownBalance } from '../../../adapters/exchange/shown-balance.ts'
import { BranchDesk } from '../../../adapters/identity/branch-desk.ts'
import { MemberDesk } from '../../../adapters/identity/member-desk.ts'
import { MembersHere } from '../../../adapters/identity/members-here.ts'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { NO_BALANCE, type Balance } from '../../../schemas/contribution.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { registrationOnScreen } from '../../../schemas/register-member.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

export class IdentityChain {
  readonly #folder = temporaryFolder()
  readonly chain: SimulatedChain
  #orders = 0

  constructor(branchIds: readonly string[]) {
    this.chain = new SimulatedChain(this.#folder.path, branchIds)
  }

  get desk(): MemberDesk {
    const { identity, cloud } = this.chain
    return new MemberDesk(identity, (id) => cloud.balances.balance(id) ?? NO_BALANCE, 'CN')
  }

  at(id: string): SimulatedBranch {
    return this.chain.branches.find((branch) => branch.id === id)!
  }

  branch(id: string): BranchDesk {
    const { branch } = this.at(id)
    const balanceOf = (memberId: string): Balance => shownBalance(branch, memberId)
    return new BranchDesk({ replica: branch.replica, here: this.here(id), branchId: id, country: 'CN', balanceOf })
  }

  here(id: string): MembersHere {
    const { branch, book } = this.at(id)
    return new MembersHere(branch.replica, book)
  }

  /** A paid order of a member, as a till writes it. */
  order(branchId: string, member: Pick<MemberView, 'id' | 'registrations'>, pointsEarned: number): string {
    this.#orders += 1
    const id = `o${this.#orders}`
    const registrationId = registrationOnScreen({ registrations: [...member.registrations] }, branchId)
    const order: OrderDocument = {
      id,
      branchId,
      number: id,
      placedAt: '2026-01-01T00:00:00.000Z',
      status: 'paid',
      round: 1,
      memberId: member.id,
      ...(registrationId !== undefined && { registrationId }),
      lines: [],
      total: pointsEarned * 100,
      currency: 'CNY',
      pointsEarned,
      moves: [],
    }
    this.chain.write(this.at(branchId), 'orders', order as unknown as Doc)
    return id
  }

  async sync(...branchIds: readonly string[]): Promise<void> {
    for (const id of branchIds) {
      await this.at(id).cycle.run()
      const { lastError } = this.at(id).cycle.status()
      if (lastError) throw new Error(`${id}: ${lastError.message}`)
    }
  }

  /** Everybody with headquarters until nobody has anything left. */
  heal(): Promise<void> {
    return this.chain.heal()
  }

  close(): void {
    this.chain.close()
    this.#folder.remove()
  }
}
