/** Headquarters' desk: staff look members up, see what waits for a person, and decide. */
import { callNode } from '../../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../../adapters/node/node-file.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { Doc } from '../../../schemas/json.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import type { MemberAction, MemberOutcome, MemberView, ReviewAnswer } from '../../../schemas/protocol/identity.ts'
import type { Place } from './place.ts'

/** Two records that became one, as they were. */
export interface Joining {
  readonly branchId: string
  readonly ours: Doc
  readonly theirs: Doc
}

export class HeadOffice implements Place {
  readonly label = 'headquarters'
  readonly #node: NodeAddress

  constructor(node: NodeAddress) {
    this.#node = node
  }

  async find(phone: string): Promise<MemberView | undefined> {
    try {
      return await callNode<MemberView>(this.#node, 'POST', '/api/members/find', { phone })
    } catch (error) {
      if (error instanceof OutpostError && error.code === 'MEMBER_UNKNOWN') return undefined
      throw error
    }
  }

  show(id: string): Promise<MemberView> {
    return callNode(this.#node, 'GET', `/api/members/${id}`)
  }

  ordersOf(id: string): Promise<Doc[]> {
    return callNode(this.#node, 'GET', `/api/members/${id}/documents/orders`)
  }

  audit(id: string): Promise<Joining[]> {
    return callNode(this.#node, 'GET', `/api/members/${id}/audit`)
  }

  /** What waits for a person. */
  review(): Promise<RequestDocument[]> {
    return callNode(this.#node, 'GET', '/api/requests')
  }

  decide(requestId: string, answer: ReviewAnswer, dryRun = false): Promise<MemberOutcome> {
    return callNode(this.#node, 'POST', `/api/requests/${requestId}/decide`, { ...answer, dryRun })
  }

  act(memberId: string, action: MemberAction): Promise<MemberOutcome> {
    return callNode(this.#node, 'POST', `/api/members/${memberId}/actions`, action)
  }
}
