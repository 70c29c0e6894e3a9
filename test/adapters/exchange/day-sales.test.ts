import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DaySales } from '../../../adapters/exchange/day-sales.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

const NOON = new Date(2026, 2, 1, 12)
const order = (id: string, status: string, total: number, at = NOON, currency = 'CNY') => ({
  id,
  branchId: 'north',
  number: id,
  placedAt: at.toISOString(),
  status,
  round: 1,
  lines: [],
  total,
  currency,
})

let folder: string
let chain: SimulatedChain
let north: SimulatedBranch
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-sales-'))
  chain = new SimulatedChain(folder, ['north'])
  north = chain.branches[0]!
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the live figures of a day', () => {
  it('count an order from its payment on, until it is refunded', () => {
    const sales = new DaySales(north.branch.replica.store, 'CNY')
    const figures = () => sales.on(NOON)
    chain.write(north, 'orders', order('o1', 'created', 500))
    expect(figures()).toEqual({ day: '2026-03-01', currency: 'CNY', orders: 0, sales: 0 })
    chain.write(north, 'orders', { id: 'o1', status: 'paid' })
    chain.write(north, 'orders', order('o2', 'paid', 300))
    expect(figures()).toMatchObject({ orders: 2, sales: 800 })
    chain.write(north, 'orders', { id: 'o2', total: 350 })
    expect(figures()).toMatchObject({ orders: 2, sales: 850 })
    chain.write(north, 'orders', { id: 'o1', status: 'refunded' })
    expect(figures()).toMatchObject({ orders: 1, sales: 350 })
    chain.write(north, 'orders', { id: 'o2', _deleted: true })
    expect(figures()).toMatchObject({ orders: 0, sales: 0 })
  })

  it('are of one local day and of the branch’s own currency', () => {
    const sales = new DaySales(north.branch.replica.store, 'CNY')
    chain.write(north, 'orders', order('late', 'paid', 100, new Date(2026, 2, 1, 23, 59, 59)))
    chain.write(north, 'orders', order('early', 'paid', 200, new Date(2026, 2, 2, 0, 0, 0)))
    chain.write(north, 'orders', order('foreign', 'paid', 400, NOON, 'USD'))
    expect(sales.on(NOON)).toMatchObject({ orders: 1, sales: 100 })
    expect(sales.on(new Date(2026, 2, 2, 8))).toMatchObject({ day: '2026-03-02', orders: 1, sales: 200 })
  })

  it('move with an order whose currency is corrected, and leave with it', () => {
    const { store } = north.branch.replica
    const yuan = new DaySales(store, 'CNY')
    chain.write(north, 'orders', order('o1', 'paid', 100, NOON, 'USD'))
    chain.writeUnheld(north, { id: 'o1', currency: 'CNY' })
    expect(yuan.on(NOON)).toMatchObject({ orders: 1, sales: 100 })
    chain.write(north, 'orders', { id: 'o1', status: 'refunded' })
    expect(yuan.on(NOON)).toMatchObject({ orders: 0, sales: 0 })
    expect(new DaySales(store, 'USD').on(NOON)).toMatchObject({ orders: 0, sales: 0 })
  })

  it('contain what the store held before they were kept, once', () => {
    chain.write(north, 'orders', order('o1', 'paid', 500))
    const { store } = north.branch.replica
    expect(new DaySales(store, 'CNY').on(NOON)).toMatchObject({ orders: 1, sales: 500 })
    expect(new DaySales(store, 'CNY').on(NOON)).toMatchObject({ orders: 1, sales: 500 })
  })
})
