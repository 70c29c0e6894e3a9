import { describe, expect, it } from 'vitest'
import { decideLink, goesOnFrom, type Heard, type Link } from '../../../adapters/exchange/decide-link.ts'

const FIRST = { epoch: 'a', firstSeq: 1 }
const LINK: Link = { epoch: 'a', witness: { epoch: 'a', seq: 20 } }

function heard(over: Partial<Heard> = {}): Heard {
  return { head: { epoch: 'a', seq: 25 }, epochs: [FIRST], beat: 8, ...over }
}

/** As a store that was started again under another epoch says. */
function startedAgain(firstSeq: number, epoch = 'b'): Heard {
  return heard({ head: { epoch, seq: firstSeq + 3 }, epochs: [FIRST, { epoch, firstSeq }], beat: 1 })
}

describe('a heartbeat comes from', () => {
  it('a branch that was never heard of', () => {
    expect(decideLink(heard(), undefined, 0, [])).toBe('first')
  })

  it('the start that spoke last', () => {
    expect(decideLink(heard(), LINK, 7, [])).toBe('same')
  })

  it('the past, where its number was heard already', () => {
    expect(decideLink(heard({ beat: 7 }), LINK, 7, [])).toBe('repeated')
    expect(decideLink(startedAgain(26), { ...LINK, epoch: 'c' }, 1, [])).toBe('repeated')
  })

  it('the same store, started again after everything that headquarters has heard of', () => {
    expect(decideLink(startedAgain(21), LINK, 0, [])).toBe('restarted')
  })

  it('a store that was restored, which knows less than headquarters has heard of', () => {
    expect(decideLink(startedAgain(20), LINK, 0, [])).toBe('restored')
    expect(
      decideLink(heard({ head: { epoch: 'z', seq: 900 }, epochs: [{ epoch: 'z', firstSeq: 1 }] }), LINK, 0, []),
    ).toBe('restored')
  })

  it('a second PC, where an earlier start speaks on', () => {
    expect(decideLink(heard({ beat: 9 }), { ...LINK, epoch: 'b' }, 8, [])).toBe('clone')
  })

  it('a PC that was declared dead, whatever it starts as, while one that parted from it before lives', () => {
    const dead = [{ epoch: 'a', afterSeq: 20 }]
    expect(decideLink(heard(), LINK, 7, dead)).toBe('dead')
    expect(decideLink(startedAgain(26), LINK, 0, dead)).toBe('dead')
    expect(decideLink(startedAgain(21), LINK, 0, dead)).toBe('restarted')
  })
})

describe('while two PCs are suspected, a new start', () => {
  const original = { epoch: 'a', seq: 20 }
  const copy = { epoch: 'b', seq: 23 }
  const behindCopy = {
    head: { epoch: 'c', seq: 30 },
    epochs: [FIRST, { epoch: 'b', firstSeq: 21 }, { epoch: 'c', firstSeq: 24 }],
  }

  it('is the PC whose newest suspected start it goes on from', () => {
    expect(goesOnFrom(startedAgain(21, 'a2'), [original, copy])).toBe('a')
    expect(goesOnFrom(behindCopy, [original, copy])).toBe('b')
  })

  it('is another one, where it lacks what was heard of that start, or goes on from none', () => {
    expect(goesOnFrom(startedAgain(20, 'a2'), [original, copy])).toBeUndefined()
    expect(goesOnFrom(behindCopy, [original, { ...copy, seq: 24 }])).toBeUndefined()
    expect(goesOnFrom(behindCopy, [{ epoch: 'x', seq: 1 }])).toBeUndefined()
  })
})
