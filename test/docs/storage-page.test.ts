import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRxDatabase } from 'rxdb'
import { expect, test } from 'vitest'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../support/node-process.ts'

const page = readFileSync(new URL('../../adapters/sqlite/README.md', import.meta.url), 'utf8')

test("the example of the storage's page runs as it stands", async () => {
  const folder = temporaryFolder()
  const example = /```ts\n([\s\S]*?)```/.exec(page)![1]!
  const file = join(folder.path, 'shop.sqlite')
  const body = example.replaceAll(/^import .*$/gm, '').replace("'shop.sqlite'", JSON.stringify(file))
  const printed: unknown[] = []
  const names = { createRxDatabase, getRxStorageSqlite, Store, console: { log: (line: unknown) => printed.push(line) } }
  // oxlint-disable-next-line typescript/no-implied-eval -- what is run is a page of this repository
  const run = new Function(...Object.keys(names), `return (async () => {${body}})()`) as (
    ...of: unknown[]
  ) => Promise<void>
  await run(...Object.values(names))
  expect(printed).toEqual([['碧螺春']])
  expect(existsSync(file)).toBe(true)
  folder.remove()
})
