import { describe, expect, it } from 'vitest'
import {
  compareStates,
  correctable,
  correctionsOf,
  statesReached,
} from '../../../cloud-node/web/exceptions/compare-states.ts'

describe('the state that failed beside the one that is here', () => {
  it('begins with the fields that differ, and takes keys in another order for the same', () => {
    const failed = { id: 'p1', _deleted: false, price: 'a lot', name: 'Tea', tags: { a: 1, b: 2 } }
    const stored = { id: 'p1', price: 12, name: 'Tea', tags: { b: 2, a: 1 }, unit: 'cup' }
    expect(compareStates(failed, stored).map(({ name, differs }) => [name, differs])).toEqual([
      ['price', true],
      ['unit', true],
      ['id', false],
      ['name', false],
      ['tags', false],
    ])
    expect(compareStates(failed, stored)[0]).toEqual({ name: 'price', failed: 'a lot', stored: '12', differs: true })
  })

  it('differs in nothing where only one of the two is kept', () => {
    expect(compareStates(undefined, { id: 'p1', price: 1 }).some(({ differs }) => differs)).toBe(false)
    expect(compareStates({ id: 'p1' }, undefined)).toEqual([{ name: 'id', failed: 'p1', differs: false }])
  })
})

describe('the fields that may be corrected', () => {
  const stored = {
    id: 'p1',
    scope: 'shared',
    name: 'Tea',
    price: 1200,
    discontinued: true,
    phone: '138****8000',
    lines: [],
    _deleted: false,
  }

  it('are plain, and neither say which document it is nor are masked', () => {
    expect(correctable(stored)).toEqual({ name: 'Tea', price: 1200, discontinued: true })
  })

  it('are sent only where they were changed, each as the kind of value that it was', () => {
    const stood = correctable(stored)
    expect(correctionsOf(stood, { name: 'Tea', price: '1300', discontinued: 'false' })).toEqual({
      ok: true,
      fields: { price: 1300, discontinued: false },
    })
    expect(correctionsOf(stood, {})).toEqual({ ok: true, fields: {} })
  })

  it('take no number that is none', () => {
    const stood = correctable(stored)
    expect(correctionsOf(stood, { price: 'a lot' })).toEqual({ ok: false, field: 'price' })
    expect(correctionsOf(stood, { price: ' ' })).toEqual({ ok: false, field: 'price' })
  })
})

it('reads from the reason of a contradiction what an order has reached, and nothing from another', () => {
  const reason =
    'refunded and closed exclude each other; round 1 reached paid at 2026-03-01T10:00:00.000Z, refunded at 2026-03-01T11:00:00.000Z, closed at 2026-03-01T11:00:01.000Z. Open round 2 with what holds.'
  expect(statesReached(reason)).toEqual([
    { state: 'paid', at: '2026-03-01T10:00:00.000Z' },
    { state: 'refunded', at: '2026-03-01T11:00:00.000Z' },
    { state: 'closed', at: '2026-03-01T11:00:01.000Z' },
  ])
  expect(statesReached('written at 2026-03-01T10:00:00.000Z')).toEqual([])
})
