/** The Northwind sample (its real files where they are, else a generated double) through the example mapping. */
import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareImport } from '../../../adapters/csv/prepare-import.ts'
import { readImport } from '../../../adapters/csv/read-import.ts'
import { collect, type Imported } from './support/import-folder.ts'
import { writeNorthwindLike } from './support/northwind-like.ts'

const REPOSITORY = join(import.meta.dirname, '../../..')
const REAL_DATA = join(REPOSITORY, '../shared/data/northwind')
const EMPLOYEES = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

async function importAsEmployee(baseDir: string, employee: string): Promise<Imported> {
  const mappingFile = join(REPOSITORY, 'docs/examples/northwind.yaml')
  return collect(readImport(await prepareImport({ mappingFile, baseDir, parameters: { employee } })))
}

describe.each([{ name: 'generated', real: false }, ...(existsSync(REAL_DATA) ? [{ name: 'real', real: true }] : [])])(
  'the $name Northwind, each employee a branch',
  ({ real }) => {
    let branches: readonly Imported[]

    beforeAll(async () => {
      const folder = real ? REAL_DATA : await mkdtemp(join(tmpdir(), 'outpost-northwind-'))
      if (!real) await writeNorthwindLike(folder)
      branches = await Promise.all(EMPLOYEES.map((employee) => importAsEmployee(folder, employee)))
      return async () => {
        if (!real) await rm(folder, { recursive: true })
      }
    })

    test('the branches together have each well-formed order once, with all its lines', () => {
      const orders = branches.flatMap((branch) => branch.orders)
      expect(new Set(orders.map((order) => order.legacyId)).size).toBe(654)
      expect(orders).toHaveLength(654)
      expect(orders.flatMap((order) => order.lines)).toHaveLength(1716)
      expect(branches.every((branch) => branch.orders.length > 0 && branch.warnings.length === 0)).toBe(true)
    })

    test('every branch names every row that cannot be trusted, with file, line and reason', () => {
      for (const { summary, rejects } of branches) {
        expect(summary.read).toEqual({ products: 77, members: 91, orders: 830, orderLines: 2155 })
        expect(summary.rejected).toEqual({ products: 0, members: 24, orders: 176, orderLines: 0 })
        expect(new Set(rejects.map(({ reason }) => reason))).toEqual(
          new Set(['has 15 columns, the header has 14', 'has 12 columns, the header has 11']),
        )
        expect(summary.orphanLines).toBe(2155 - 1716)
        expect(summary.orphanLinesByOrder.size).toBe(176)
      }
      expect(branches.map((branch) => branch.rejects)).toEqual(branches.map(() => branches[0]!.rejects))
    })

    test('every branch has all products, and of the customers those that its orders name', () => {
      for (const { products, members, orders } of branches) {
        expect(products).toHaveLength(77)
        const named = new Set(orders.map((order) => order.memberLegacyId))
        expect(members.length).toBeGreaterThan(0)
        expect(members.filter((member) => !named.has(member.legacyId))).toEqual([])
        expect(members.every((member) => /^[A-Z]{2}$/.test(member.country ?? ''))).toBe(true)
      }
    })

    test('shipped orders are closed and the others paid', () => {
      const states = branches.flatMap((branch) => branch.orders.map((order) => order.status))
      expect(new Set(states)).toEqual(new Set(['paid', 'closed']))
      if (real) expect(states.filter((state) => state === 'paid')).toHaveLength(18)
    })
  },
)
