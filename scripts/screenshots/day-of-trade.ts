/**
 * A morning of a chain, so that its charts have something to show: every five minutes its nodes run for a moment with the
 * clock of that time, and sell something. What stands in the logs was exchanged then.
 */
import { randomUUID } from 'node:crypto'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { DemoChain } from '../demo/chain.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { Progress } from '../demo/progress.ts'
import { statusWhere } from '../demo/status-events.ts'
import { soldAs } from '../demo/till.ts'
import { planTradeDay, type TradeEvent } from '../demo/trade-day.ts'

const STEP_MS = 300_000
/** What is sold is dated over so many days, so that today is no other than they are. */
const DAYS = 7
const DAY_MS = 86_400_000
/** The most that a branch sells in one step. */
const BUSIEST = 9

type Sale = Extract<TradeEvent, { kind: 'order' }>

/**
 * @param start opens the chain with all its branches, on the folder of the time before
 * @param steps of five minutes, until now
 */
export async function tradeSinceOpening(
  start: () => Promise<DemoChain>,
  steps: number,
  progress: Progress,
): Promise<void> {
  const plan = planTradeDay(3, 1, steps * BUSIEST).filter((event): event is Sale => event.kind === 'order')
  for (let step = 0; step < steps; step++) {
    const behindMs = (steps - step) * STEP_MS
    progress.say(`trading ${behindMs / 60_000} minutes ago`)
    await tradeAt(behindMs, start, async ({ branches }) => {
      for (const [i, { id, node }] of branches.entries()) {
        for (let n = 0; n < salesIn(step, i); n++) {
          const { lines } = plan[(step * BUSIEST + n + i) % plan.length]!
          await callNode(
            node,
            'POST',
            '/api/documents/orders',
            orderOf(id, lines, Date.now() - behindMs - (n % DAYS) * DAY_MS),
          )
        }
      }
    })
  }
}

/** With clocks that are so much behind, until both sides hold the same. */
export async function tradeAt(
  behindMs: number,
  start: () => Promise<DemoChain>,
  trade: (chain: DemoChain) => Promise<void>,
): Promise<void> {
  process.env['NODE_OPTIONS'] = clockBehindBy(behindMs)
  try {
    const chain = await start()
    await trade(chain)
    const traded = new Date(Date.now() - behindMs).toISOString()
    await statusWhere<CloudNodeStatus>(chain.cloud, ({ branches }) =>
      branches.every(({ verdict }) => verdict.state === 'in-sync' && verdict.checkedAt! > traded),
    )
    await chain.stop()
  } finally {
    delete process.env['NODE_OPTIONS']
  }
}

/** Two rushes, each branch with its own. */
function salesIn(step: number, branch: number): number {
  return 1 + Math.round((BUSIEST - 1) * Math.sin((step + 7 * branch) / 8) ** 2)
}

function orderOf(branchId: string, lines: Sale['lines'], atMs: number): object {
  const at = new Date(atMs).toISOString()
  const { sold, total } = soldAs(lines)
  const id = `shown-${randomUUID()}`
  const move = { id: randomUUID(), at, by: '王伟 Wang Wei', to: 'paid', round: 1 }
  return {
    id,
    branchId,
    number: `B-${id.slice(6, 10)}`,
    placedAt: at,
    status: 'paid',
    round: 1,
    lines: sold,
    total,
    currency: 'CNY',
    payment: 'cash',
    moves: [move],
  }
}

/** Every `Date` of a node is so much behind, before anything else of it runs. */
function clockBehindBy(ms: number): string {
  const source = `const D = Date; globalThis.Date = class extends D {
    constructor(...args) { args.length === 0 ? super(D.now() - ${ms}) : super(...args) }
    static now() { return D.now() - ${ms} }
  }`
  return `--import data:text/javascript,${encodeURIComponent(source)}`
}
