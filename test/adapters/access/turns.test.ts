import { describe, expect, it } from 'vitest'
import { Turns } from '../../../adapters/access/turns.ts'

/** Work that ends when it is told to, oldest first. */
function openTurns(atOnce: number) {
  const turns = new Turns({ atOnce, maxWaiting: 32, maxWaitingOfOne: 4, sentAway: () => new Error('sent away') })
  const begun: string[] = []
  const running: (() => void)[] = []
  const take = (whose: string) =>
    turns.take(whose, () => {
      begun.push(whose)
      return new Promise<void>((resolve) => running.push(resolve))
    })
  const endOne = async () => {
    running.shift()!()
    await new Promise(setImmediate)
  }
  return { begun, take, endOne }
}

describe('turns', () => {
  it('are taken one after the other: who asks once does not wait for all of who asks often', async () => {
    const { begun, take, endOne } = openTurns(2)
    const crowd = ['a', 'b', 'c'].flatMap((whose) => [whose, whose, whose, whose])
    const all = ['running', 'running', ...crowd, 'honest'].map(take)
    for (let i = 0; i < all.length; i++) await endOne()
    await Promise.all(all)
    const turns = ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']
    expect(begun).toEqual(['running', 'running', 'a', 'b', 'c', 'honest', ...turns])
  })

  it('are for as many at once as were asked for', async () => {
    const { begun, take, endOne } = openTurns(2)
    const all = ['a', 'b', 'c'].map(take)
    expect(begun).toEqual(['a', 'b'])
    await endOne()
    expect(begun).toEqual(['a', 'b', 'c'])
    await endOne()
    await endOne()
    await Promise.all(all)
  })

  it('go on after work that failed', async () => {
    const turns = new Turns({ atOnce: 1, maxWaiting: 1, maxWaitingOfOne: 1, sentAway: () => new Error('sent away') })
    const failed = turns.take('a', () => Promise.reject(new Error('no')))
    const next = turns.take('b', () => Promise.resolve('done'))
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('done')
  })
})
