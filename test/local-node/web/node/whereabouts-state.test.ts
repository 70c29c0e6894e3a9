import { describe, expect, it } from 'vitest'
import {
  hasArrived,
  isAtHeadquarters,
  NOTHING_SENT,
  wayOf,
  whereaboutOf,
  withUnsent,
  withWritten,
  type AtNode,
} from '../../../../local-node/web/node/whereabouts-state.ts'

const known = (
  heard: Record<string, AtNode | 'absent'>,
  unsent: string[] | undefined = [],
  refused: string[] = [],
  sent: string[] = [],
) => ({
  unsent: unsent && new Set(unsent),
  refused: new Set(refused),
  sent: new Set(sent),
  heard: new Map(Object.entries(heard)),
})

describe('where an order is', () => {
  it('is here while it is unsent, whatever the node said of an earlier state', () => {
    expect(whereaboutOf('o1', known({ o1: 'mirror' }, ['o1']))).toBe('device')
    expect(whereaboutOf('o1', known({ o1: 'absent' }))).toBe('device')
  })

  it('is what the node says of it, and otherwise at the node once this device has sent it', () => {
    expect(whereaboutOf('o1', known({ o1: 'headquarters' }))).toBe('headquarters')
    expect(whereaboutOf('o1', known({}, [], [], ['o1']))).toBe('node')
    expect(whereaboutOf('o1', known({}, ['o1'], [], ['o1']))).toBe('device')
    expect(whereaboutOf('o1', known({}))).toBe('unknown')
    expect(whereaboutOf('o1', { ...known({}), unsent: undefined })).toBe('unknown')
    expect(whereaboutOf('o1', known({}, ['o1'], ['o1']))).toBe('refused')
  })

  it('counts as sent when it leaves the list of the unsent, until it is written again', () => {
    const none = new Set<string>()
    const waiting = withUnsent(NOTHING_SENT, new Set(['o1', 'o2']), none)
    expect([...waiting.sent]).toEqual([])
    const sent = withUnsent(waiting, none, new Set(['o2']))
    expect([...sent.sent]).toEqual(['o1'])
    expect(withUnsent(sent, undefined, none)).toBe(sent)
    const written = withWritten(sent, 'o1')
    expect(withWritten(sent, 'o3')).toBe(sent)
    // This list may have been looked up before the order was written.
    expect([...withUnsent(written, none, none).sent]).toEqual([])
    expect([...withUnsent(withWritten(waiting, 'o1'), none, none).sent]).toEqual(['o2'])
  })

  it('is not called missing at headquarters while the node is away and may have sent it on', () => {
    const standings = (isNodeThere: boolean) =>
      (['device', 'refused', 'node', 'unknown', 'headquarters', 'mirror'] as const).map((where) =>
        isAtHeadquarters(where, isNodeThere),
      )
    expect(standings(true)).toEqual([false, false, false, undefined, true, true])
    expect(standings(false)).toEqual([false, false, undefined, undefined, true, true])
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
