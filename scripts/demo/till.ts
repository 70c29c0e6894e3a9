/** A till at a branch: does what the plan says through the API of the branch's node, as a branch app would. */
import { randomUUID } from 'node:crypto'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { SHARED_SCOPE, type Scope } from '../../schemas/brand.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { OrderDocument, OrderLine } from '../../schemas/collections/orders.ts'
import { memberIdOfPhone, productIdOfLegacy, type ChainKey } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { readPhone } from '../../schemas/phone.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import type { TradeEvent } from './trade-day.ts'

export class Till {
  readonly #node: NodeAddress
  readonly #session: BranchSession
  readonly #day: number
  readonly #orders = new Map<number, string>()
  readonly #memberIds = new Map<string, string>()

  private constructor(node: NodeAddress, session: BranchSession, day: number) {
    this.#node = node
    this.#session = session
    this.#day = day
  }

  static async open(node: NodeAddress, day: number): Promise<Till> {
    return new Till(node, await callNode<BranchSession>(node, 'GET', '/api/session'), day)
  }

  async perform(event: TradeEvent): Promise<void> {
    if (event.kind === 'register') await this.#register(event)
    else if (event.kind === 'order') await this.#order(event)
    else if (event.kind === 'rename') await this.#rename(event)
    else {
      const id = this.#orders.get(event.number)
      if (id !== undefined) await this.#write('orders', { id, status: 'refunded' })
    }
  }

  async #register({ phone, name, isPrivate }: Extract<TradeEvent, { kind: 'register' }>): Promise<void> {
    const { branchId } = this.#session
    const scope = (isPrivate ? branchId : SHARED_SCOPE) as Scope
    const e164 = this.#read(phone)
    const id = memberIdOfPhone(this.#session.chainKey as ChainKey, scope, e164, 0)
    this.#memberIds.set(phone, id)
    const known = await this.#find<MemberDocument>('members', id)
    const registration = { id: randomUUID(), branchId, at: new Date().toISOString() }
    const member: MemberDocument = {
      id,
      scope,
      phone: e164,
      generation: 0,
      name: known?.name ?? name,
      tags: known?.tags ?? [],
      registrations: [...(known?.registrations ?? []), registration],
      aliases: known?.aliases ?? [],
      followUps: known?.followUps ?? [],
    }
    await this.#write('members', member)
  }

  async #order({ number, phone, lines }: Extract<TradeEvent, { kind: 'order' }>): Promise<void> {
    const { branchId, currency } = this.#session
    const id = randomUUID()
    this.#orders.set(number, id)
    const { sold, total } = soldAs(lines)
    const order: OrderDocument = {
      id,
      branchId,
      number: `${branchId}-${this.#day}-${number}`,
      placedAt: new Date().toISOString(),
      status: 'paid',
      round: 1,
      lines: sold,
      total,
      currency,
      payment: 'cash',
      moves: [],
      ...(phone !== undefined && { memberId: this.#memberId(phone), pointsEarned: Math.floor(total / 100) }),
    }
    await this.#write('orders', order)
  }

  /** Staff correct a name, if the member is known here. */
  async #rename({ phone, name }: Extract<TradeEvent, { kind: 'rename' }>): Promise<void> {
    const id = this.#memberId(phone)
    if (await this.#find('members', id)) await this.#write('members', { id, name })
  }

  #memberId(phone: string): string {
    const known = this.#memberIds.get(phone)
    return known ?? memberIdOfPhone(this.#session.chainKey as ChainKey, SHARED_SCOPE, this.#read(phone), 0)
  }

  #read(phone: string) {
    const reading = readPhone(phone, this.#session.country)
    if (!reading.ok) throw new OutpostError('PHONE_INVALID', reading.reason)
    return reading.phone
  }

  async #find<T>(collection: string, id: string): Promise<T | undefined> {
    try {
      return await callNode<T>(this.#node, 'GET', `/api/documents/${collection}/${id}`)
    } catch (error) {
      if (error instanceof OutpostError && error.code === 'DOCUMENT_UNKNOWN') return undefined
      throw error
    }
  }

  #write(collection: string, doc: object): Promise<unknown> {
    return callNode(this.#node, 'POST', `/api/documents/${collection}`, doc)
  }
}

/** What is bought, as an order keeps it, and what it comes to; minor units. */
export function soldAs(lines: Extract<TradeEvent, { kind: 'order' }>['lines']): { sold: OrderLine[]; total: number } {
  const sold = lines.map(({ product, quantity }) => ({
    productId: productIdOfLegacy(product.source, product.legacyId),
    name: product.name,
    price: product.price,
    quantity,
    discount: 0,
    total: product.price * quantity,
  }))
  return { sold, total: sold.reduce((sum, line) => sum + line.total, 0) }
}
