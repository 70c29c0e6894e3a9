import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreState } from '../../scripts/demo/members/stores.ts'
import { openDemoPlace, type DemoPlace } from '../support/run-demo.ts'

let demo: DemoPlace

beforeEach(async () => {
  demo = await openDemoPlace()
})

afterEach(() => demo.remove())

interface Report {
  readonly run: number
  readonly checks: number
  readonly agree: boolean
  readonly stores: Readonly<Record<string, StoreState>>
}

const run = (phones: string) => [
  { name: 'Chen Ming', phones: [`139****${phones}5`], points: 15, value: 0, orders: 1 },
  { name: 'Chen Yu', phones: [], points: 8, value: 0, orders: 1 },
  { name: 'Lina Li', phones: [`139****${phones}1`], points: 42, value: 0, orders: 2 },
  { name: 'Sun Yan', phones: [`139****${phones}4`], points: 3, value: 0, orders: 1 },
  { name: 'Wang Fang', phones: [`139****${phones}3`], points: 17, value: 0, orders: 2 },
  { name: 'Zhao Lei', phones: [`139****${phones}2`], points: 5, value: 0, orders: 1 },
  { name: 'Zhou Wei', phones: [], points: 20, value: 0, orders: 1 },
]

const people = ({ stores }: Report, store: string) =>
  stores[store]!.members.map(({ id: _id, ...member }) => member).toSorted((a, b) =>
    a.name < b.name ? -1 : Number(a.name > b.name),
  )

describe('the demonstration of members', () => {
  it('tells four stories that are all so, and again on the same data', async () => {
    const first = await demo.run<Report>('members')
    expect(first).toMatchObject({ run: 1, agree: true })
    expect(Object.keys(first.stores)).toEqual(['headquarters', 'north', 'south', 'east'])
    expect(people(first, 'headquarters')).toEqual(run('000'))
    for (const branch of ['north', 'south', 'east']) {
      const { digests, pending } = first.stores[branch]!
      expect(pending).toBe(0)
      expect(people(first, branch).map(({ points }) => points)).toEqual([15, 8, 42, 3, 17, 5, 20])
      expect(digests['members']!['shared']).toBe(first.stores['headquarters']!.digests['members']!['shared'])
      expect(digests['orders']![branch]).toBe(first.stores['headquarters']!.digests['orders']![branch])
    }
    expect(JSON.stringify(first)).not.toMatch(/139000\d{5}/)
    const second = await demo.run<Report>('members')
    expect(second).toMatchObject({ run: 2, checks: first.checks, agree: true })
    expect(second.stores['headquarters']!.members).toHaveLength(14)
  }, 180_000)
})
