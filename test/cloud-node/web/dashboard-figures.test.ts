import { describe, expect, it } from 'vitest'
import { choiceOf, chosenOf, daysOf, problemOf, queryOf } from '../../../cloud-node/web/dashboards/dashboard-choice.ts'
import { currenciesOf, groupRows, seriesByBranch, textIn } from '../../../cloud-node/web/dashboards/figures.ts'
import type { Dashboard, DashboardRow } from '../../../schemas/protocol/dashboards.ts'

const TODAY = '2026-03-02'
const choice = (address: string) => choiceOf(new URLSearchParams(address), TODAY)

describe('what the page of figures looks at', () => {
  it('is thirty days of all branches, unless its address says otherwise', () => {
    expect(choice('')).toEqual({ preset: 30, from: '2026-02-01', to: TODAY })
    expect(choice('days=1&branch=north')).toEqual({ preset: 1, from: TODAY, to: TODAY, branch: 'north' })
    expect(choice('from=2025-12-31&to=2026-01-01')).toEqual({ from: '2025-12-31', to: '2026-01-01' })
  })

  it('is what is usual where the address names no days, or half of them', () => {
    for (const address of ['days=12', 'from=2026-01-01', 'from=2026-02-30&to=2026-03-01', 'from=x&to=y']) {
      expect(choice(address)).toMatchObject({ preset: 30 })
    }
  })

  it.each(['days=7', 'days=30&branch=north', 'from=2026-01-01&to=2026-01-31&branch=a%26b'])(
    'comes back from its address: %s',
    (address) => expect(chosenOf(choice(address)).toString()).toBe(address),
  )

  it('asks the node for days, whichever way they were chosen', () => {
    expect(queryOf(choice('days=7')).toString()).toBe('from=2026-02-24&to=2026-03-02')
    expect(problemOf({ from: '2026-03-02', to: '2026-03-01' }, 400)).toBe('order')
    expect(problemOf({ from: '2025-01-01', to: '2026-02-05' }, 400)).toBe('long')
    expect(problemOf({ from: '2025-01-01', to: '2026-02-04' }, 400)).toBeUndefined()
    expect(daysOf('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01'])
  })
})

function row(day: string, branch: string, sales: number, fields: DashboardRow = {}): DashboardRow {
  return {
    day,
    branch_id: branch,
    branch_name: branch === 'x' ? null : `Branch ${branch}`,
    sales,
    orders: 1,
    ...fields,
  }
}

describe('what the charts show', () => {
  const days = ['2026-03-01', '2026-03-02']
  const others = { most: 3, others: 'Others' }

  it('has a series for each branch in the order of their ids, with nothing for days without sales', () => {
    const rows = [row('2026-03-02', 'b', 5), row('2026-03-01', 'a', 3), row('2026-03-02', 'x', 1)]
    expect(seriesByBranch(rows, days, 'sales', others)).toEqual([
      { label: 'Branch a', values: [3, 0] },
      { label: 'Branch b', values: [0, 5] },
      { label: 'x', values: [0, 1] },
    ])
    expect(seriesByBranch([], days, 'sales', others)).toEqual([])
  })

  it('takes the smaller branches together where there are more than can be told apart', () => {
    const rows = ['a', 'b', 'c', 'd'].map((branch, at) => row('2026-03-01', branch, at + 1))
    expect(seriesByBranch(rows, days, 'sales', others)).toEqual([
      { label: 'Branch c', values: [3, 0] },
      { label: 'Branch d', values: [4, 0] },
      { label: 'Others', values: [3, 0] },
    ])
  })

  it('has the currency of most orders first, and rows of one key as one', () => {
    const rows = [
      row('2026-03-01', 'a', 3, { currency: 'EUR', orders: 2 }),
      row('2026-03-01', 'b', 4, { currency: 'CNY', orders: 3 }),
      row('2026-03-02', 'a', 5, { currency: 'EUR', orders: 2 }),
    ]
    expect(currenciesOf({ rows } as unknown as Dashboard)).toEqual(['EUR', 'CNY'])
    expect(currenciesOf(undefined)).toEqual([])
    expect(groupRows(rows, (one) => textIn(one, 'branch_id'), ['sales'])).toMatchObject([
      { branch_id: 'a', sales: 8 },
      { branch_id: 'b', sales: 4 },
    ])
  })
})
