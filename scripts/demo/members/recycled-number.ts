/** Third chapter: the phone company gives a number to somebody else. */
import type { Cast } from './cast.ts'
import { tellMembers, tellWhoHolds } from './place.ts'

export async function recycledNumber(cast: Cast): Promise<void> {
  const { story, office, north, south, east, places, newPhone, connect } = cast
  const phone = newPhone()
  story.chapter('3. A recycled number')
  story.tell('Zhou Wei registered at East years ago and moved away. His number belongs to somebody else by now.')
  const zhou = await east.register('Zhou Wei', phone)
  await east.sell(zhou, 20)
  await connect(north, south, east)
  await tellWhoHolds(story, places, phone)

  story.tell('A person at headquarters releases the number, and South registers the woman who has it now.')
  await office.act(zhou.id, { do: 'release' })
  await connect(north, south, east)
  story.check('nobody holds the number meanwhile', await south.find(phone), undefined)
  const sun = await south.register('Sun Yan', phone)
  await south.sell(sun, 3)
  await connect(north, south, east)
  await tellMembers(story, places, [zhou.id, sun.id])
  for (const place of places) {
    const found = await place.find(phone)
    story.check(`${place.label}: the number is hers`, [found?.id, found?.balance.points], [sun.id, 3])
    const { released, phones, balance } = await place.show(zhou.id)
    story.check(
      'and his record stays as history, points included',
      { released, phones, points: balance.points },
      {
        released: true,
        phones: [],
        points: 20,
      },
    )
  }
}
