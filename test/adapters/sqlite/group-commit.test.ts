import { join } from 'node:path'
import { fillWithDefaultSettings } from 'rxdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DocumentTable } from '../../../adapters/sqlite/document-table.ts'
import { GroupCommit } from '../../../adapters/sqlite/group-commit.ts'
import { Store, type Commit } from '../../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 9 } },
} as const

let folder: { path: string; remove: () => void }
let store: Store
let table: DocumentTable
let commits: GroupCommit
let heard: Commit[]

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: [], tracksPending: false })
  table = store.openTable('db', 'things', fillWithDefaultSettings(schema))
  commits = new GroupCommit(store)
  heard = []
  store.onCommit((commit) => void heard.push(commit))
})

afterEach(() => {
  store.close()
  folder.remove()
})

function insert(id: string, context = 'test'): Promise<number> {
  const local = { _rev: '1-x', _meta: { lwt: 1 }, _attachments: {}, _deleted: false }
  return commits.run(context, (write) => table.put(write, { id, ...local }, { state: 0, origin: '' }))
}

describe('writes that arrive together', () => {
  it('share one commit, in the order in which they came', async () => {
    expect(await Promise.all(['a', 'b', 'c'].map((id) => insert(id)))).toEqual([1, 2, 3])
    expect(heard.map(({ changes }) => changes.map(({ doc }) => doc['id']))).toEqual([['a', 'b', 'c']])
  })

  it('have a commit for each change of the context that their events carry', async () => {
    await Promise.all([insert('a', 'one'), insert('b', 'one'), insert('c', 'two'), insert('d', 'one')])
    expect(heard.map(({ context, changes }) => [context, changes.length])).toEqual([
      ['one', 2],
      ['two', 1],
      ['one', 1],
    ])
  })

  it('do not fail for what one of them did wrong', async () => {
    const wrong = commits.run('test', () => {
      throw new TypeError('a document that is none')
    })
    const results = await Promise.allSettled([insert('a'), wrong, insert('b')])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(table.count('1', [])).toBe(2)
    expect(store.head().seq).toBe(2)
  })
})
