import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { csvRows } from '../../../adapters/csv/csv-rows.ts'
import type { RowReject } from '../../../adapters/import/import-record.ts'
import { RejectsFile } from '../../../adapters/import/rejects-file.ts'
import { createFolder } from '../csv/support/import-folder.ts'

/** Node 20 runs no TypeScript. */
const REJECTS_MODULE = new URL('../../../dist/adapters/import/rejects-file.js', import.meta.url).href

const REJECTS: readonly RowReject[] = [
  {
    file: 'a.csv',
    line: 3,
    kind: 'orders',
    code: 'COLUMNS',
    reason: 'has 3 columns, the header has 2',
    text: '1,"2\n",3',
  },
  { file: 'a.csv', line: 9, kind: 'orders', code: 'DATE', field: 'placedAt', reason: 'no date', text: ' x ' },
]

async function write(path: string, rejects: readonly RowReject[]): Promise<void> {
  const file = await RejectsFile.create(path)
  for (const reject of rejects) await file.add(reject)
  await file.commit()
}

test('rejects are read back as they were written', async () => {
  const path = join(await createFolder(), 'rejects.csv')
  await write(path, REJECTS)
  const rows: (readonly string[])[] = []
  for await (const chunk of csvRows({ path, delimiter: ',' })) rows.push(...chunk.map(({ fields }) => fields))
  expect(rows).toEqual([
    ['file', 'line', 'kind', 'code', 'field', 'reason', 'text'],
    ['a.csv', '3', 'orders', 'COLUMNS', '', 'has 3 columns, the header has 2', '1,"2\n",3'],
    ['a.csv', '9', 'orders', 'DATE', 'placedAt', 'no date', ' x '],
  ])
})

test('the same rejects make the same file, and no rejects one with the header alone', async () => {
  const folder = await createFolder()
  await write(join(folder, 'one.csv'), REJECTS)
  await write(join(folder, 'two.csv'), REJECTS)
  expect(await readFile(join(folder, 'one.csv'))).toEqual(await readFile(join(folder, 'two.csv')))
  await write(join(folder, 'one.csv'), [])
  expect(await readFile(join(folder, 'one.csv'), 'utf8')).toBe('file,line,kind,code,field,reason,text\n')
})

test('the old file stands until the new one is whole', async () => {
  const folder = await createFolder()
  const path = join(folder, 'rejects.csv')
  await writeFile(path, 'old')
  const file = await RejectsFile.create(path)
  for (let i = 0; i < 2000; i++) await file.add(REJECTS[0]!)
  expect(await readFile(path, 'utf8')).toBe('old')
  await file.discard()
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(['rejects.csv'])
})

test('what a killed import leaves is gone with the next one, and what another import writes is not', async () => {
  const folder = await createFolder()
  const path = join(folder, 'rejects.csv')
  const code = `import { RejectsFile } from ${JSON.stringify(REJECTS_MODULE)}
    await RejectsFile.create(${JSON.stringify(path)})
    process.kill(process.pid, 'SIGKILL')`
  const killed = spawnSync(process.execPath, ['--input-type=module', '--eval', code])
  expect(killed.signal).toBe('SIGKILL')
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^rejects\.csv\..*\.tmp$/)])
  await writeFile(`${path}.mine.tmp`, 'not of an import')
  const [one, other] = [await RejectsFile.create(path), await RejectsFile.create(path)]
  expect(await readdir(folder)).toHaveLength(3)
  await one.commit()
  await other.commit()
  expect((await readdir(folder)).toSorted()).toEqual(['rejects.csv', 'rejects.csv.mine.tmp'])
})

test('many rejects are all there, and only the owner can read them', async () => {
  const folder = await createFolder()
  const path = join(folder, 'rejects.csv')
  await write(
    path,
    Array.from({ length: 3000 }, (_, i) => ({ ...REJECTS[1]!, line: i })),
  )
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines).toHaveLength(3001)
  expect(lines[3000]).toBe('a.csv,2999,orders,DATE,placedAt,no date," x "')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['rejects.csv'])
})

test('a place that cannot be written is named', async () => {
  const path = join(await createFolder(), 'missing', 'rejects.csv')
  await expect(RejectsFile.create(path)).rejects.toMatchObject({
    code: 'IMPORT_FILE',
    message: expect.stringContaining(path),
  })
})

test('a place that is taken by a folder leaves nothing behind', async () => {
  const folder = await createFolder()
  await mkdir(join(folder, 'rejects.csv'))
  const file = await RejectsFile.create(join(folder, 'rejects.csv'))
  await expect(file.commit()).rejects.toMatchObject({ code: 'IMPORT_FILE' })
  expect(await readdir(folder)).toEqual(['rejects.csv'])
})
