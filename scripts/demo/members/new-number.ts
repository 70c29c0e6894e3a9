/** Second chapter: a member changes her phone while others are offline, and a stranger has her old number already. */
import type { Cast } from './cast.ts'
import { tellMembers, tellWhoHolds } from './place.ts'
import { short } from './story.ts'

export async function newNumber(cast: Cast): Promise<void> {
  const { story, north, south, east, newPhone, connect } = cast
  const [oldPhone, newPhoneOfHers] = [newPhone(), newPhone()]
  story.chapter('2. A new number, and a stranger with the old one')
  south.goOffline()
  story.tell('South is offline since this morning. North registers Wang Fang, who buys there; East hears of her.')
  const wang = await north.register('Wang Fang', oldPhone)
  await north.sell(wang, 10)
  await connect(north, east)
  east.goOffline()
  story.tell('East goes offline too. At North, Wang Fang has a new number; North asks headquarters, which grants it.')
  const asked = await north.askForNumber(wang, newPhoneOfHers)
  story.check('the request shows as pending until headquarters answers', asked.state, undefined)
  await connect(north)
  const answered = (await north.requests()).find(({ id }) => id === asked.id)
  story.check('it was clear, so nobody had to decide it', answered?.state, 'granted')

  story.tell('East finds her under the old number still, and sells to her.')
  const atEast = (await east.find(oldPhone))!
  await east.sell(atEast, 7)
  story.check('it is the same member', atEast.id, wang.id)
  story.tell('The old number has been sold on. South, which never heard of Wang Fang, registers a stranger under it.')
  const zhao = await south.register('Zhao Lei', oldPhone)
  await south.sell(zhao, 5)

  story.tell('East is back. Who holds the new number?')
  await connect(north, east)
  await tellWhoHolds(story, [cast.office, north, east], newPhoneOfHers)
  for (const place of [cast.office, north, east]) {
    const { id, balance } = (await place.find(newPhoneOfHers))!
    story.check(`${place.label} finds her there, with what East sold`, [id, balance.points], [wang.id, 17])
    story.check(`and nobody under the old number`, await place.find(oldPhone), undefined)
  }
  await strangerIsHeld(cast, { wang: wang.id, oldPhone })
}

async function strangerIsHeld(cast: Cast, known: { wang: string; oldPhone: string }): Promise<void> {
  const { story, office, north, south, east, places, connect } = cast
  story.tell('South is back. Its registration comes under a number that is over: headquarters holds it, for a person.')
  await connect(north, south, east)
  const waiting = await office.review()
  story.table(
    ['waits', 'from', 'why', 'name', 'phone', 'would be member'],
    waiting.map(({ what, branchId, why, held, memberId }) => {
      const { name, phone } = (held ?? {}) as { name?: string; phone?: string }
      return [what, branchId, why ?? '', name ?? '', phone ?? '', short(memberId)]
    }),
  )
  story.check(
    'it stands in the review queue, alone',
    waiting.map(({ what, why, branchId }) => [what, why, branchId]),
    [['registration', 'number-over', 'south']],
  )
  const [held] = waiting
  story.check('South sees that it waits', (await south.requests())[0]?.state, 'held')
  story.check('no point of it went to Wang Fang', (await office.show(known.wang)).balance.points, 17)

  const dry = await office.decide(held!.id, { answer: 'grant' }, true)
  story.tell(
    `A person at headquarters tries it first: it would make a member of ${dry.balances.map(({ after }) => after.points).join()} points.`,
  )
  story.check('trying it changed nothing', (await office.review()).length, 1)
  const { member } = await office.decide(held!.id, { answer: 'grant' })
  story.tell('Then the person decides: Zhao Lei is somebody new.')
  await connect(north, south, east)
  await tellMembers(story, places, [known.wang, member!.id])
  for (const place of places) {
    const found = (await place.find(known.oldPhone))!
    story.check(
      `${place.label}: the old number is Zhao Lei's, with the points of that day`,
      [found.id, found.name, found.balance.points],
      [member!.id, 'Zhao Lei', 5],
    )
  }
  story.check('South finds the order under the new member', (await south.ordersOf(member!.id)).length, 1)
  story.check('nothing waits any longer', await office.review(), [])
}
