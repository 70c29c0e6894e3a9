import { describe, expect, it } from 'vitest'
import { hasArrived, wayOf, whereaboutOf, type AtNode } from '../../../local-node/web/whereabouts-state.ts'

const known = (
  heard: Record<string, AtNode | 'absent'>,
  unsent: string[] | undefined = [],
  refused: string[] = [],
) => ({
  unsent: unsent && new Set(unsent),
  refused: new Set(refused),
  heard: new Map(Object.entries(heard)),
})

describe('where an order is', () => {
  it('is here while it is unsent, whatever the node said of an earlier state', () => {
    expect(whereaboutOf('o1', known({ o1: 'mirror' }, ['o1']))).toBe('device')
    expect(whereaboutOf('o1', known({ o1: 'absent' }))).toBe('device')
  })

  it('is what the node says of it, and otherwise at the node once this device has sent it', () => {
    expect(whereaboutOf('o1', known({ o1: 'headquarters' }))).toBe('headquarters')
    expect(whereaboutOf('o1', known({}))).toBe('node')
    expect(whereaboutOf('o1', { ...known({}), unsent: undefined })).toBe('unknown')
    expect(whereaboutOf('o1', known({}, ['o1'], ['o1']))).toBe('refused')
  })

  it('is for good in the mirror, or at headquarters where there is none', () => {
    expect(hasArrived('mirror', 'on')).toBe(true)
    expect(hasArrived('headquarters', 'on')).toBe(false)
    expect(hasArrived('headquarters', 'off')).toBe(true)
  })
})

describe('the way of an order', () => {
  const states = (...of: Parameters<typeof wayOf>) => wayOf(...of).map(({ state }) => state)

  it('has one next station while it goes on', () => {
    expect(states('device', 'on', true)).toEqual(['done', 'next', 'later', 'later'])
    expect(states('node', 'on', true)).toEqual(['done', 'done', 'next', 'later'])
    expect(states('mirror', 'on', true)).toEqual(['done', 'done', 'done', 'done'])
  })

  it('claims nothing that nobody has said', () => {
    expect(states('node', 'unknown', false)).toEqual(['done', 'done', 'unknown', 'unknown'])
    expect(states('unknown', 'on', true)).toEqual(['done', 'unknown', 'unknown', 'unknown'])
    expect(states('headquarters', 'on', false)).toEqual(['done', 'done', 'done', 'unknown'])
    expect(states('device', 'on', false)).toEqual(['done', 'later', 'later', 'later'])
  })

  it('ends at headquarters where no books are kept, and where it was refused', () => {
    expect(states('headquarters', 'off', true)).toEqual(['done', 'done', 'done', 'off'])
    expect(states('refused', 'on', true)).toEqual(['done', 'refused', 'later', 'later'])
  })
})
