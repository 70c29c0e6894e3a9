/** What SQLite does for a query of RxDB's whose conditions or order an index holds. */
import { join } from 'node:path'
import { fillWithDefaultSettings, normalizeMangoQuery, prepareQuery, type MangoQuery } from 'rxdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { Doc } from '../../../schemas/json.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { slowSteps } from './plan-rules.ts'
import { recordStatements, type RecordedStatement } from './statement-recorder.ts'

const number = { type: 'number', minimum: -100, maximum: 100, multipleOf: 0.5 }
const schema = fillWithDefaultSettings<Doc>({
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 20 },
    name: { type: 'string', maxLength: 20 },
    size: number,
    kind: { type: 'string', maxLength: 20 },
    weight: number,
    note: { type: 'string' },
  },
  required: ['id', 'name', 'size', 'kind', 'weight'],
  indexes: ['name', 'size', ['kind', 'weight']],
})

let folder: { path: string; remove: () => void }
let store: Store

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: [], tracksPending: false })
})

afterEach(() => {
  store.close()
  folder.remove()
})

type Case = [string, MangoQuery<Doc>]

const IN_ORDER: Case[] = [
  ['a value', { selector: { name: 'a' } }],
  ['a value, in the order of the ids', { selector: { size: { $eq: 1 } }, sort: [{ id: 'asc' }] }],
  ['one value out of a list', { selector: { name: { $in: ['a', 'b'] } } }],
  ['what is greater', { selector: { size: { $gt: 1 } }, sort: [{ size: 'asc' }] }],
  ['what is as great or greater', { selector: { size: { $gte: 1 } }, sort: [{ size: 'asc' }] }],
  ['what is less', { selector: { size: { $lt: 1 } }, sort: [{ size: 'asc' }] }],
  ['what is as great or less', { selector: { size: { $lte: 1 } }, sort: [{ size: 'asc' }] }],
  ['what lies between', { selector: { size: { $gte: 1, $lt: 5 } }, sort: [{ size: 'asc' }] }],
  ['some of a range', { selector: { size: { $gte: 1 } }, sort: [{ size: 'asc' }], skip: 2, limit: 5 }],
  [
    'a range from its end, ids backwards too',
    { selector: { size: { $gte: 1 } }, sort: [{ size: 'desc' }, { id: 'desc' }], limit: 5 },
  ],
  ['everything in an order', { selector: {}, sort: [{ size: 'asc' }] }],
  ['the first ones in an order', { selector: {}, sort: [{ size: 'asc' }], limit: 5 }],
  ['either of two values', { selector: { $or: [{ name: 'a' }, { name: 'b' }] } }],
  [
    'a value and a range of a compound index',
    { selector: { kind: 'a', weight: { $gt: 1 } }, sort: [{ kind: 'asc' }, { weight: 'asc' }] },
  ],
  [
    'the first ones of a compound index below a value',
    { selector: { kind: 'a', weight: { $gt: 1 } }, sort: [{ weight: 'asc' }], limit: 3 },
  ],
  ["a value beside a condition for RxDB's matcher", { selector: { name: 'a', note: { $regex: 'x' } } }],
  [
    "a range beside a condition for RxDB's matcher",
    { selector: { size: { $gte: 1 }, note: { $regex: 'x' } }, sort: [{ size: 'asc' }], limit: 3 },
  ],
  [
    "a value beside a condition and an order for RxDB's matcher",
    { selector: { name: 'a', note: { $regex: 'x' } }, sort: [{ note: 'asc' }] },
  ],
  ['an id', { selector: { id: 'a' } }],
]

/** RxDB puts the id last in every order, forwards, where an index goes backwards through it. */
const BACKWARDS: Case[] = [
  ['a range', { selector: { size: { $gte: 1 } }, sort: [{ size: 'desc' }], limit: 5 }],
  ['everything', { selector: {}, sort: [{ name: 'desc' }], limit: 5 }],
  ['a compound index below a value', { selector: { kind: 'a' }, sort: [{ weight: 'desc' }], limit: 5 }],
]

/** Without an order of its own a query gets that of the first index from RxDB. */
const SORTED_AFTERWARDS: Case[] = [
  ['what is greater', { selector: { size: { $gt: 1 } } }],
  ['what is as great or less', { selector: { size: { $lte: 1 } } }],
  ['what lies between', { selector: { size: { $gte: 1, $lt: 5 } } }],
  ['a range in the order of another field', { selector: { size: { $gt: 1 } }, sort: [{ name: 'asc' }] }],
  ['both a value and a range', { selector: { $and: [{ name: 'a' }, { size: { $gt: 1 } }] } }],
  ['a value and a range of a compound index', { selector: { kind: 'a', weight: { $gt: 1 } } }],
]

const IN_ANOTHER_ORDER: Case[] = [
  ['a value of another index than the first, in no order of its own', { selector: { size: 1 } }],
  ['a value in the order of another field', { selector: { name: 'a' }, sort: [{ size: 'asc' }] }],
  ['some with a value in the order of another field', { selector: { name: 'a' }, sort: [{ size: 'asc' }], limit: 5 }],
  ['both values of a compound index', { selector: { kind: 'a', weight: 2 } }],
  ['the first value of a compound index', { selector: { kind: 'a' } }],
  ['values of a list and a range of a compound index', { selector: { kind: { $in: ['a', 'b'] }, weight: { $lt: 5 } } }],
  ['either of the values of two fields', { selector: { $or: [{ name: 'a' }, { size: 1 }] } }],
  [
    'either of two values in the order of the ids',
    { selector: { $or: [{ name: 'a' }, { size: 1 }] }, sort: [{ id: 'asc' }] },
  ],
  ['ids of a list', { selector: { id: { $in: ['a', 'b'] } } }],
  ['ids from one on', { selector: { id: { $gt: 'a' } }, sort: [{ id: 'asc' }], limit: 3 }],
]

describe('a query that an index answers', () => {
  it.each(IN_ORDER)('finds %s in the order that is asked for', async (_, mango) => {
    const { searches, slow } = await planOf(mango)
    expect(searches).not.toEqual([])
    expect(slow).toEqual([])
  })

  it.each(BACKWARDS)('finds %s backwards, and sorts no more than what is equal', async (_, mango) => {
    const { searches, slow } = await planOf(mango)
    expect(searches).not.toEqual([])
    expect(slow).toEqual(['USE TEMP B-TREE FOR LAST TERM OF ORDER BY'])
  })

  it.each([...SORTED_AFTERWARDS, ...IN_ANOTHER_ORDER])('finds %s, and sorts only what it finds', async (_, mango) => {
    const { searches, slow } = await planOf(mango)
    expect(searches).not.toEqual([])
    expect(slow.filter((step) => !step.startsWith('USE TEMP B-TREE'))).toEqual([])
  })
})

describe('a query for everything', () => {
  it('walks along the ids as far as it is asked to, and sorts nothing', async () => {
    const statements = await statementsOf({ selector: {}, sort: [{ id: 'asc' }], limit: 10 }, 'query')
    expect(statements.flatMap(({ plan }) => plan.map((step) => step.trim()))).toEqual([
      expect.stringMatching(/^SCAN documents USING INDEX sqlite_autoindex_documents_\d+$/),
    ])
  })
})

describe('a count that an index answers', () => {
  it.each(IN_ORDER.filter(([, { selector }]) => !JSON.stringify(selector).includes('$regex')))(
    'counts %s without looking at documents',
    async (_, { selector }) => {
      const { searches, slow } = await planOf({ selector: selector! }, 'count')
      expect(searches).toHaveLength(1)
      expect(slow).toEqual([])
    },
  )
})

/** What SQLite looks for by an index, and what of its plan gets slower with every document. */
async function planOf(
  mango: MangoQuery<Doc>,
  kind: 'query' | 'count' = 'query',
): Promise<{ searches: string[]; slow: string[] }> {
  const statements = await statementsOf(mango, kind)
  const steps = statements.flatMap(({ plan }) => plan.map((step) => step.trim()))
  return {
    searches: steps.filter((step) => /^SEARCH documents USING (COVERING )?INDEX/.test(step)),
    slow: statements.flatMap(slowSteps),
  }
}

async function statementsOf(mango: MangoQuery<Doc>, kind: 'query' | 'count'): Promise<RecordedStatement[]> {
  const names = { databaseInstanceToken: 'token', databaseName: 'database', collectionName: 'items' }
  const parameters = { ...names, schema, options: {}, multiInstance: false, devMode: false }
  const instance = await getRxStorageSqlite(store).createStorageInstance<Doc>(parameters)
  const recorder = recordStatements()
  try {
    const query = normalizeMangoQuery(schema, mango)
    // As RxDB's collections do with every query, after the order is chosen.
    query.selector = { ...query.selector, _deleted: { $eq: false } }
    await instance[kind](prepareQuery(schema, query))
  } finally {
    recorder.stop()
    await instance.close()
  }
  return recorder.statements()
}
