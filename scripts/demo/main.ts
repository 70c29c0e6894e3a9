/** The main job of `npm start`: headquarters, two branches, a day of trade with one branch cut off for a while. */
import { callNode } from '../../adapters/cli/node-client.ts'
import { DemoChain } from './chain.ts'
import { reportFrom, waitUntilInSync } from './final-report.ts'
import { runDemo, type Demo, type DemoResult } from './run-demo.ts'
import { nextRun } from './run-number.ts'
import { Till } from './till.ts'
import { CATALOGUE, planTradeDay, type TradeEvent } from './trade-day.ts'

const BRANCHES = [
  ['north', '城北店 North Gate'],
  ['south', '城南店 South Gate'],
] as const
const ORDERS_PER_BRANCH = 150
/** The second branch is cut off for this part of the day. */
const CUT = { from: 0.3, to: 0.7 }
const SYNC_DEADLINE_MS = 120_000

await runDemo('outpost_demo', async (demo): Promise<DemoResult> => {
  const { folder, mysqlUrl, progress } = demo
  const day = nextRun(folder, 'day') // every run is the chain's next day
  progress.say(`Day ${day}: starting headquarters and ${BRANCHES.length} branches`)
  const chain = await DemoChain.start({
    folder,
    mysqlUrl,
    country: 'CN',
    currency: 'CNY',
    cloudPort: 7700,
    branchPort: 7801,
    onLine: (line) => progress.say(line),
  })
  await callNode(chain.cloud, 'POST', '/api/import', CATALOGUE)
  for (const [id, name] of BRANCHES) await chain.addBranch(id, name)
  await trade(chain, planTradeDay(day, BRANCHES.length, ORDERS_PER_BRANCH), day, demo)
  progress.say('The day is over; what was sold offline goes to headquarters and into MySQL')
  const cloud = await waitUntilInSync(chain, progress, SYNC_DEADLINE_MS)
  return { chain, report: await reportFrom(chain, mysqlUrl, cloud) }
})

/** All branches trade at once; the plan's order holds within a branch. */
async function trade(chain: DemoChain, events: readonly TradeEvent[], day: number, { progress }: Demo): Promise<void> {
  const tradeAt = async (branch: number) => {
    const { id, node, link } = chain.branches[branch]!
    const till = await Till.open(node, day)
    const own = events.filter((event) => event.branch === branch)
    for (const [done, event] of own.entries()) {
      const isCut = branch === BRANCHES.length - 1 && done >= own.length * CUT.from && done < own.length * CUT.to
      if (isCut) link.cut()
      else link.restore()
      await till.perform(event)
      progress.update(`trade ${id}`, done + 1, own.length, isCut ? 'cut off, trading on' : 'connected')
    }
  }
  await Promise.all(BRANCHES.map((_, branch) => tradeAt(branch)))
}
