/** Orders as a branch writes them, sidecar included; the same seed gives the same documents in every process. */
import type { WriterId } from '../../schemas/brand.ts'
import { orders, type OrderDocument } from '../../schemas/collections/orders.ts'
import type { Doc } from '../../schemas/json.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { createRandom, type SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { createSteadyClock } from './steady-clock.ts'

export interface OrderPlan {
  readonly count: number
  readonly branchId: string
  /** Sets of different seeds have no id in common. */
  readonly seed: number
  /** Lines of each order; one to four if absent. */
  readonly lines?: number
}

/** Ten orders a member. */
const ORDERS_PER_MEMBER = 10
const FIRST_MS = Date.UTC(2026, 0, 1)
const BETWEEN_MS = 60_000
const STATUSES = ['created', 'paid', 'paid', 'fulfilled', 'closed'] as const

/** One after the other, so that a million of them need no memory. */
export function* orderDocuments({ count, branchId, seed, lines }: OrderPlan): Generator<Doc> {
  const random = createRandom(seed)
  const stamp = createSteadyClock(`bench${seed}` as WriterId)
  for (let number = 0; number < count; number++) {
    const plain = plainOrder(random, { number, branchId, seed, lines, members: Math.ceil(count / ORDERS_PER_MEMBER) })
    const stamped = stampWrite(orders.merge, undefined, plain as unknown as Doc, stamp)
    if (!stamped.ok) throw new Error(stamped.reason)
    yield stamped.doc
  }
}

/** The members that a set's orders name. */
export function memberOf(seed: number, number: number): string {
  return `r-bench-${seed}-member-${number}`
}

export function placedAt(number: number): string {
  return new Date(FIRST_MS + number * BETWEEN_MS).toISOString()
}

function plainOrder(
  random: SeededRandom,
  plan: { number: number; branchId: string; seed: number; lines: number | undefined; members: number },
): OrderDocument {
  const { number, branchId, seed, members } = plan
  const lines = Array.from({ length: plan.lines ?? 1 + random.below(4) }, () => {
    const price = 100 * (5 + random.below(300))
    const quantity = 1 + random.below(3)
    const product = random.below(200)
    const name = `碧螺春 Biluochun ${product}`
    return { productId: `tea-${product}`, name, price, quantity, discount: 0, total: price * quantity }
  })
  const total = lines.reduce((sum, line) => sum + line.total, 0)
  const unique = random.below(2 ** 31).toString(36)
  return {
    id: `o-${seed}-${number.toString().padStart(8, '0')}-${unique}`,
    branchId,
    number: `A-${number}`,
    placedAt: placedAt(number),
    status: random.pick(STATUSES),
    round: 1,
    memberId: memberOf(seed, random.below(members)),
    lines,
    total,
    currency: 'CNY',
    pointsEarned: Math.floor(total / 100),
    payment: random.pick(['cash', 'card', 'alipay']),
    moves: [],
  }
}
