/** `npm run demo:members`: four stories of members, told by real nodes whose links are cut and restored. */
import { join } from 'node:path'
import { DemoChain } from './chain.ts'
import { createCast, type Cast } from './members/cast.ts'
import { readMirrorMembers } from './members/mirror-members.ts'
import { newNumber } from './members/new-number.ts'
import { onePhone } from './members/one-phone.ts'
import { recycledNumber } from './members/recycled-number.ts'
import { agrees, readStore, type StoreState } from './members/stores.ts'
import { short, Story } from './members/story.ts'
import { wrongMerge } from './members/wrong-merge.ts'
import { runDemo, type Demo, type DemoResult } from './run-demo.ts'
import { nextRun } from './run-number.ts'

const BRANCHES = [
  ['north', '城北店 North Gate'],
  ['south', '城南店 South Gate'],
  ['east', '城东店 East Gate'],
] as const

const demonstrate = async (demo: Demo): Promise<DemoResult> => {
  const { folder, mysqlUrl, tell } = demo
  const run = nextRun(folder, 'run')
  tell(`Starting headquarters and ${BRANCHES.length} branches`)
  const chain = await DemoChain.start({
    folder,
    mysqlUrl,
    country: 'CN',
    currency: 'CNY',
    cloudPort: 7700,
    branchPort: 7801,
    intervalSeconds: 0.2,
    onLine: (line) => void process.stderr.write(`${line}\n`),
  })
  for (const [id, name] of BRANCHES) await chain.addBranch(id, name)
  const story = new Story(tell)
  const cast = createCast(chain, story, run)
  await cast.connect(cast.north, cast.south, cast.east)
  for (const chapter of [onePhone, newNumber, recycledNumber, wrongMerge]) await chapter(cast)
  const stores = await tellEnd(cast, chain, demo)
  return { chain, report: { run, checks: story.checks, agree: true, stores } }
}

/** Holds every store against headquarters, and MySQL against both. */
async function tellEnd(cast: Cast, chain: DemoChain, { folder, mysqlUrl }: Demo): Promise<Record<string, StoreState>> {
  const { story, office, north, south, east } = cast
  story.chapter('The end: everybody agrees')
  const copies = join(folder, 'copies')
  const headquarters = await readStore(office, chain.cloud, copies)
  const stores: Record<string, StoreState> = { headquarters }
  for (const counter of [north, south, east]) {
    const state = await readStore(counter, counter.branch.node, copies)
    stores[counter.branch.id] = state
    story.check(`${counter.label} has nothing left to send`, state.pending, 0)
    story.check(`${counter.label} and headquarters hold the same documents`, agrees(state, headquarters), true)
    story.check(
      `${counter.label} shows the same members, phones and balances`,
      withoutOrders(state),
      withoutOrders(headquarters),
    )
  }
  story.tell("Today's members, asked of MySQL by its views:")
  const mirrored = await readMirrorMembers(mysqlUrl)
  story.table(
    ['member', 'id', 'points', 'orders', 'earned with them'],
    mirrored.map(({ id, name, points, orders, earned }) => [name, short(id), `${points}`, `${orders}`, `${earned}`]),
  )
  story.check(
    'MySQL finds every member, point and order that headquarters finds',
    mirrored.map(({ id, name, points, orders }) => ({ id, name, points, orders })),
    headquarters.members.map(({ id, name, points, orders }) => ({ id, name, points, orders })),
  )
  story.check(
    'no order is missing to any balance',
    mirrored.filter(({ points, earned }) => points !== earned),
    [],
  )
  return stores
}

/** A branch has its own orders only. */
function withoutOrders({ members }: StoreState): object[] {
  return members.map(({ orders: _own, ...member }) => member)
}

await runDemo('outpost_members', demonstrate, { hasStory: true })
