/** First chapter: two branches that cannot hear each other register one phone. */
import type { Cast } from './cast.ts'
import { tellWhoHolds } from './place.ts'
import { short } from './story.ts'

export async function onePhone({ story, office, north, south, east, places, newPhone, connect }: Cast): Promise<void> {
  const phone = newPhone()
  story.chapter('1. One phone, two branches, both offline')
  north.goOffline()
  south.goOffline()
  story.tell('North and South are cut off. Both register the same phone, each under the name that they hear, and sell.')
  const li = await north.register('Li Na', phone)
  const lina = await south.register('Lina Li', phone)
  const sold = [await north.sell(li, 30), await south.sell(lina, 12)]
  await tellWhoHolds(story, places, phone)
  story.check('both branches made the same id without asking anybody', lina.id, li.id)
  story.check('headquarters knows nothing of it yet', await office.find(phone), undefined)

  story.tell('The links are back.')
  await connect(north, south, east)
  await tellWhoHolds(story, places, phone)
  const views = await Promise.all(places.map((place) => place.find(phone)))
  story.check('everybody finds one member', new Set(views.map((view) => view?.id)), new Set([li.id]))
  story.check('and shows the points of both', new Set(views.map((view) => view?.balance.points)), new Set([42]))
  const found = [await north.ordersOf(li.id), await south.ordersOf(li.id), await office.ordersOf(li.id)]
  story.check(
    'every order is found: at the branch that wrote it, and at headquarters',
    found.map((orders) => orders.map(({ id }) => id as string).toSorted()),
    [[sold[0]], [sold[1]], sold.toSorted()],
  )
  const joinings = await office.audit(li.id)
  story.tell('The audit at headquarters keeps both sides as they were:')
  story.table(
    ['joined by', 'there was', 'it brought'],
    joinings.map(({ branchId, ours, theirs }) => [branchId, name(ours), name(theirs)]),
  )
  const names = joinings.flatMap(({ ours, theirs }) => [name(ours), name(theirs)])
  story.check(`one merge of member ${short(li.id)}, with both names`, new Set(names), new Set(['Li Na', 'Lina Li']))
  story.check('and no other', joinings.length, 1)
}

function name(doc: { readonly name?: unknown }): string {
  return String(doc.name)
}
