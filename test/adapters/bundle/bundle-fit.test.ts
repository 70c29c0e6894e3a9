import { describe, expect, it } from 'vitest'
import { fitStep, standAfter, type Standing, type Step } from '../../../adapters/bundle/bundle-fit.ts'

const EPOCHS = [
  { epoch: 'e1', firstSeq: 1 },
  { epoch: 'e2', firstSeq: 50 },
]
const CLASSES = [100, 80]

function at(seq: number, epoch = 'e2'): { epoch: string; seq: number } {
  return { epoch, seq }
}

/** The branch has come to 60 with both classes, and relies on 60. */
const standing: Standing = {
  positions: { 100: { ...at(60), loading: false }, 80: { ...at(60), loading: false } },
  folded: at(60),
  witness: at(60),
}

/** A page of class 80 from where the branch stands to 70, of a headquarters that is at 90. */
const page: Step = {
  from: { positions: standing.positions, folded: at(60) },
  epochs: EPOCHS,
  head: at(90),
  foldedUpTo: at(90),
  upTo: { class: 80, seq: 70, isWanted: false },
}

describe('a part of an answer', () => {
  it('fits where the branch stands, or has gone on since without passing its end', () => {
    expect(fitStep(standing, page, CLASSES)).toBe('fits')
    const further = { ...standing, positions: { ...standing.positions, 80: { ...at(65), loading: false } } }
    expect(fitStep(further, page, CLASSES)).toBe('fits')
  })

  it('is passed once the branch has all of it, has folded more, or has heard of a later headquarters', () => {
    const beyond = { ...standing, positions: { ...standing.positions, 80: { ...at(71), loading: false } } }
    expect(fitStep(beyond, page, CLASSES)).toBe('passed')
    expect(fitStep({ ...standing, folded: at(91) }, page, CLASSES)).toBe('passed')
    expect(fitStep({ ...standing, witness: at(91) }, page, CLASSES)).toBe('passed')
  })

  it('is passed at its very end too, unless it brings what was asked for again or ends the first load', () => {
    const there = { ...standing, positions: { ...standing.positions, 80: { ...at(70), loading: false } } }
    expect(fitStep(there, page, CLASSES)).toBe('passed')
    expect(fitStep(there, { ...page, upTo: { class: 80, seq: 70, isWanted: true } }, CLASSES)).toBe('fits')
    const loading = { ...standing, positions: { ...standing.positions, 80: { ...at(70), loading: true } } }
    const from = { positions: { ...standing.positions, 80: { ...at(60), loading: true } }, folded: at(60) }
    expect(fitStep(loading, { ...page, from }, CLASSES)).toBe('fits')
  })

  it('has a gap before it where it begins further on, in any class or in what was folded', () => {
    for (const syncClass of CLASSES) {
      const behind = { ...standing, positions: { ...standing.positions, [syncClass]: { ...at(59), loading: false } } }
      expect(fitStep(behind, page, CLASSES)).toBe('gap')
    }
    expect(fitStep({ ...standing, positions: {} }, page, CLASSES)).toBe('gap')
    expect(fitStep({ ...standing, folded: at(59) }, page, CLASSES)).toBe('gap')
    expect(fitStep({ ...standing, folded: undefined }, page, CLASSES)).toBe('gap')
  })

  it('has a gap where the branch needs its own documents too and it is without them', () => {
    const loading = { ...standing, positions: { ...standing.positions, 80: { ...at(60), loading: true } } }
    expect(fitStep(loading, page, CLASSES)).toBe('gap')
    const from = { positions: { ...standing.positions, 80: { ...at(60), loading: true } }, folded: at(60) }
    expect(fitStep(loading, { ...page, from }, CLASSES)).toBe('fits')
  })

  it('has a gap where the branch relies on a headquarters that this one does not know', () => {
    expect(fitStep({ ...standing, witness: at(10, 'lost') }, page, CLASSES)).toBe('gap')
  })

  it('fits a branch that has heard nothing yet, which names the beginning of its own store', () => {
    const nothing = { positions: {} }
    const from = { positions: {}, folded: at(0, 'of the branch') }
    expect(fitStep(nothing, { ...page, from }, CLASSES)).toBe('fits')
  })

  it('looks only at the classes that the branch knows', () => {
    const from = { ...page.from, positions: { ...page.from.positions, 20: { ...at(60), loading: false } } }
    expect(fitStep(standing, { ...page, from }, CLASSES)).toBe('fits')
  })

  it('that lists only what was folded is passed where the branch has heard of that', () => {
    const listed = { ...page, foldedUpTo: at(60) }
    expect(fitStep(standing, listed, CLASSES)).toBe('fits')
    expect(fitStep({ ...standing, folded: at(61) }, listed, CLASSES)).toBe('passed')
  })
})

describe('where a branch stands after an answer', () => {
  it('is where the page ends, and at the head in classes of which nothing waits', () => {
    const after = standAfter(
      { positions: standing.positions, folded: at(60) },
      { level: { 100: at(90) }, foldedUpTo: at(90) },
      { 80: { ...at(70), loading: true } },
    )
    expect(after).toEqual({
      positions: { 100: { ...at(90), loading: false }, 80: { ...at(70), loading: true } },
      folded: at(90),
    })
  })
})
