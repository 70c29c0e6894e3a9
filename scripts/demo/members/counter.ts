/** The counter of a branch: staff register, find and sell through the API of the branch's node, offline or not. */
import { randomUUID } from 'node:crypto'
import { callNode } from '../../../adapters/cli/node-client.ts'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { registrationOnScreen } from '../../../schemas/register-member.ts'
import type { BranchHandle } from '../chain.ts'
import type { Place } from './place.ts'

/** Of the one thing that is sold here, in fen; a point for every yuan. */
const PRICE = 100

export class Counter implements Place {
  readonly label: string
  readonly branch: BranchHandle

  constructor(branch: BranchHandle, label: string) {
    this.branch = branch
    this.label = label
  }

  register(name: string, phone: string): Promise<MemberView> {
    return callNode(this.branch.node, 'POST', '/api/members', { name, phone })
  }

  async find(phone: string): Promise<MemberView | undefined> {
    return (await callNode<MemberView[]>(this.branch.node, 'POST', '/api/members/find', { phone }))[0]
  }

  show(id: string): Promise<MemberView> {
    return callNode(this.branch.node, 'GET', `/api/members/${id}`)
  }

  ordersOf(id: string): Promise<Doc[]> {
    return callNode(this.branch.node, 'GET', `/api/members/${id}/documents/orders`)
  }

  /** Sells to the member on the screen, who earns so many points. */
  async sell(member: MemberView, points: number): Promise<string> {
    const id = randomUUID()
    const branchId = this.branch.id
    const registrationId = registrationOnScreen({ registrations: [...member.registrations] }, branchId)
    const total = points * PRICE
    const line = { productId: 'tea', name: 'Tea', price: PRICE, quantity: points, discount: 0, total }
    const order: OrderDocument = {
      id,
      branchId,
      number: id.slice(0, 8),
      placedAt: new Date().toISOString(),
      status: 'paid',
      round: 1,
      memberId: member.id,
      ...(registrationId !== undefined && { registrationId }),
      lines: [line],
      total,
      currency: 'CNY',
      pointsEarned: points,
      moves: [],
    }
    await callNode(this.branch.node, 'POST', '/api/documents/orders', order)
    return id
  }

  /** Asks headquarters to give a member another number. */
  askForNumber(member: MemberView, to: string): Promise<RequestDocument> {
    return callNode(this.branch.node, 'POST', `/api/members/${member.id}/requests`, { do: 'phone', to })
  }

  requests(): Promise<RequestDocument[]> {
    return callNode(this.branch.node, 'GET', '/api/requests')
  }

  goOffline(): void {
    this.branch.link.cut()
  }

  comeBack(): void {
    this.branch.link.restore()
  }
}
