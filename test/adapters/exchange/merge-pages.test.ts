import { expect, it } from 'vitest'
import { mergePages } from '../../../adapters/exchange/merge-pages.ts'

const page = (limit: number, ...tables: { rows: number[]; isCut: boolean }[]) => mergePages(tables, limit, (row) => row)

it('puts the rows of several tables into one order', () => {
  const tables = [
    { rows: [1, 4, 6], isCut: false },
    { rows: [2, 3, 7], isCut: false },
  ]
  expect(page(9, ...tables)).toEqual({ rows: [1, 2, 3, 4, 6, 7], more: false })
  expect(page(3, ...tables)).toEqual({ rows: [1, 2, 3], more: true })
})

it('goes no further than a table that ended early, since that may have rows in between', () => {
  const cut = { rows: [2, 3], isCut: true }
  expect(page(9, { rows: [1, 3.5, 6], isCut: false }, cut)).toEqual({ rows: [1, 2, 3], more: true })
  expect(page(9, { rows: [5], isCut: true }, cut)).toEqual({ rows: [2, 3], more: true })
})

it('is empty where there is nothing', () => {
  expect(page(9)).toEqual({ rows: [], more: false })
  expect(page(9, { rows: [], isCut: false })).toEqual({ rows: [], more: false })
})
