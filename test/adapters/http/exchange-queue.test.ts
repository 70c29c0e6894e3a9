import { describe, expect, it, vi } from 'vitest'
import { ExchangeQueue, type Place, type TooBusy } from '../../../adapters/http/exchange-queue.ts'
import { aheadOf, mayEnter, placesFor, retryAfter } from '../../../adapters/http/queue-places.ts'

const ignore = () => undefined
const KILO = 1024

function queueOf(places: number, bodyBytes = 100 * KILO, answerBytes = 100 * KILO): ExchangeQueue {
  return new ExchangeQueue({ places, bodyBytes, answerBytes }, () => 0.5)
}

/** One request of a branch from its beginning to its end. */
async function request(queue: ExchangeQueue, branchId: string, work: () => string = () => 'done'): Promise<string> {
  const place = queue.enter(branchId, ignore)
  await place.room(10)
  place.count(10)
  const answer = await place.turn(work)
  place.leave()
  return answer!
}

describe('turns', () => {
  it('go round: no branch has a second one while others wait', async () => {
    const queue = queueOf(100)
    const branches = Array.from({ length: 20 }, (_, i) => `b${i}`)
    const turns: string[] = []
    await Promise.all(
      branches.map(async (branch) => {
        for (let i = 0; i < 10; i++) await request(queue, branch, () => `${turns.push(branch)}`)
      }),
    )
    expect(turns).toHaveLength(200)
    for (let i = 0; i < 200; i += 20) expect(new Set(turns.slice(i, i + 20)).size).toBe(20)
  })

  it('leave the event loop to others in between', async () => {
    const queue = queueOf(100)
    const seen: string[] = []
    const all = [1, 2, 3].map((i) => request(queue, `b${i}`, () => `${seen.push(`turn ${i}`)}`))
    const heartbeats = (async () => {
      while (seen.filter((one) => one.startsWith('turn')).length < 3) {
        await new Promise((resolve) => setImmediate(resolve))
        seen.push('heartbeat')
      }
    })()
    await Promise.all([...all, heartbeats])
    const [first, last] = [seen.indexOf('turn 1'), seen.indexOf('turn 3')]
    expect(seen.slice(first, last).filter((one) => one === 'heartbeat').length).toBeGreaterThanOrEqual(2)
  })

  it('tell how long they waited for those before them', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const queue = queueOf(10)
      const [first, second] = [queue.enter('b1', ignore), queue.enter('b2', ignore)]
      const work = () => {
        vi.advanceTimersByTime(20)
        return 'done'
      }
      await Promise.all([first.turn(work), second.turn(() => 'done')])
      expect([first.waitedMs(), second.waitedMs()]).toEqual([0, 20])
    } finally {
      vi.useRealTimers()
    }
  })

  it('fail alone', async () => {
    const queue = queueOf(10)
    const failing = request(queue, 'b1', () => {
      throw new Error('poison')
    })
    await expect(failing).rejects.toThrow('poison')
    expect(await request(queue, 'b2')).toBe('done')
  })

  it('are dropped when nobody waits for them any more', async () => {
    const queue = queueOf(10)
    let worked = 0
    const place = queue.enter('b1', ignore)
    const answer = place.turn(() => `${(worked += 1)}`)
    place.leave()
    expect(await answer).toBeUndefined()
    expect(worked).toBe(0)
    expect(queue.held()).toEqual({ places: 0, bodyBytes: 0, answerBytes: 0 })
  })
})

describe('places', () => {
  it('are no more than have their turn while their clients still wait, and never so few that nothing goes on', () => {
    expect(placesFor(1, 256)).toBe(256)
    expect(placesFor(30, 256)).toBe(50)
    expect(placesFor(10_000, 256)).toBe(8)
    expect(placesFor(10_000, 2)).toBe(2)
  })

  it('are one for each branch, and so many in all; who finds none is told when to come again', async () => {
    const queue = queueOf(2)
    const places = ['b1', 'b2'].map((branch) => queue.enter(branch, ignore))
    const refused = catchError(() => queue.enter('b3', ignore))
    expect(refused).toMatchObject({ code: 'TOO_BUSY' })
    expect(refused.retryAfterS).toBeGreaterThanOrEqual(1)
    const [first] = places as [Place]
    const turn = first.turn(() => 'done')
    expect(catchError(() => queue.enter('b1', ignore))).toMatchObject({ code: 'TOO_BUSY' })
    await turn
  })

  it('go to a newer request of the branch where the earlier one is still arriving, as a branch asks one thing at a time', async () => {
    const queue = queueOf(1)
    let abandoned = 0
    const stalled = queue.enter('b1', () => (abandoned += 1))
    await stalled.room(50)
    const newer = queue.enter('b1', ignore)
    expect(abandoned).toBe(1)
    stalled.leave()
    expect(queue.held()).toMatchObject({ places: 1, bodyBytes: 0 })
    newer.leave()
    expect(queue.held().places).toBe(0)
  })

  it('are kept for those who were sent away, so that those inside do not take each one that gets free', async () => {
    const queue = queueOf(4)
    const branches = Array.from({ length: 12 }, (_, i) => `b${i}`)
    const turns = new Map(branches.map((branch) => [branch, 0]))
    // The first four come back at once, whenever they can; the others only every third round.
    for (let round = 0; round < 90; round++) {
      const coming = branches.filter((_, i) => i < 4 || (i + round) % 3 === 0)
      const inside = coming.flatMap((branch) => {
        try {
          return [{ branch, place: queue.enter(branch, ignore) }]
        } catch {
          return []
        }
      })
      await Promise.all(inside.map(({ place }) => place.turn(() => 'done')))
      for (const { branch, place } of inside) {
        turns.set(branch, turns.get(branch)! + 1)
        place.leave()
      }
    }
    expect(Math.min(...turns.values())).toBeGreaterThan(5)
  })
})

describe('memory', () => {
  it('holds so many bytes of bodies: the others wait before theirs are read, in the order in which they came', async () => {
    const queue = queueOf(100, 100)
    const read: number[] = []
    let most = 0
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const place = queue.enter(`b${i}`, ignore)
        await place.room(40)
        most = Math.max(most, queue.held().bodyBytes)
        read.push(i)
        place.count(40)
        await place.turn(() => 'done')
        place.leave()
      }),
    )
    expect(most).toBe(80)
    expect(read).toEqual(read.toSorted((a, b) => a - b))
    expect(queue.held()).toEqual({ places: 0, bodyBytes: 0, answerBytes: 0 })
  })

  it('is not given to bodies that turn out far larger than they said', async () => {
    const queue = queueOf(100, 100)
    const place = queue.enter('b1', ignore)
    await place.room(10)
    place.count(200)
    expect(catchError(() => place.count(1))).toMatchObject({ code: 'TOO_BUSY' })
  })

  it('lets nobody work while answers that were not taken fill it', async () => {
    const queue = queueOf(10, 100, 100)
    const slow = queue.enter('b1', ignore)
    await slow.turn(() => 'x'.repeat(101))
    let worked = false
    const other = request(queue, 'b2', () => `${(worked = true)}`)
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(worked).toBe(false)
    slow.leave()
    expect(await other).toBe('true')
  })
})

describe('who may come in', () => {
  const crowd = { inside: 0, isInside: false, outside: 0 }
  it.each([
    ['the first', crowd, true],
    ['one whose branch is inside', { ...crowd, inside: 1, isInside: true }, false],
    ['one for the last place', { ...crowd, inside: 9 }, true],
    ['one too many', { ...crowd, inside: 10 }, false],
    ['one for the second half while others wait outside', { ...crowd, inside: 5, outside: 3 }, false],
    ['the first of those who were sent away', { ...crowd, inside: 9, outside: 3, rank: 0 }, true],
    ['one who was sent away after the first', { ...crowd, inside: 9, outside: 3, rank: 1 }, false],
  ])('%s', (_, of, may) => expect(mayEnter(of, 10)).toBe(may))

  it('and how many have their turn before: of those who were sent away only the earlier ones', () => {
    expect(aheadOf({ inside: 9, isInside: false, outside: 30 })).toBe(39)
    expect(aheadOf({ inside: 9, isInside: false, outside: 30, rank: 4 })).toBe(13)
    expect(aheadOf({ inside: 9, isInside: true, outside: 30 })).toBe(0)
  })

  it('and when to come again: later the more are ahead, never all at once, within a minute', () => {
    expect(retryAfter(0, 10, 0)).toBe(1)
    expect(retryAfter(300, 10, 0)).toBe(3)
    expect(retryAfter(300, 10, 0.9)).toBe(5)
    expect(retryAfter(100_000, 10, 0.5)).toBe(60)
  })
})

function catchError(work: () => unknown): TooBusy {
  try {
    work()
  } catch (error) {
    return error as TooBusy
  }
  throw new Error('nothing was thrown')
}
