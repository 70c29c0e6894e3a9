/** Fourth chapter: two people shared a phone, became one member, and are told apart again. */
import type { Cast } from './cast.ts'
import { tellMembers, tellWhoHolds } from './place.ts'

export async function wrongMerge(cast: Cast): Promise<void> {
  const { story, office, north, south, east, places, newPhone, connect } = cast
  const phone = newPhone()
  story.chapter('4. A wrong merge, taken back')
  north.goOffline()
  south.goOffline()
  story.tell("Offline again: a father registers at North; at South, his daughter gives the family's phone as well.")
  const father = await north.register('Chen Ming', phone)
  const daughter = await south.register('Chen Yu', phone)
  const sold = { father: await north.sell(father, 15), daughter: await south.sell(daughter, 8) }
  await connect(north, south, east)
  await tellWhoHolds(story, places, phone)
  story.check('they became one member with the points of both', (await east.find(phone))?.balance.points, 23)

  story.tell('The daughter complains. A person at headquarters takes out what South registered.')
  const registrations = daughter.registrations.map(({ id }) => id)
  const { memberId } = await office.act(father.id, { do: 'split', registrations })
  await connect(north, south, east)
  await tellMembers(story, places, [father.id, memberId])
  for (const place of places) {
    const [his, hers] = [await place.show(father.id), await place.show(memberId)]
    story.check(
      `${place.label}: names and points are as they were`,
      [his.name, his.balance.points, hers.name, hers.balance.points],
      ['Chen Ming', 15, 'Chen Yu', 8],
    )
  }
  const orders = async (id: string) => (await office.ordersOf(id)).map((order) => order['id'])
  story.check('so are the orders', [await orders(father.id), await orders(memberId)], [[sold.father], [sold.daughter]])
  story.check('the phone is his; hers is kept as a way to reach her', (await north.find(phone))?.id, father.id)
}
