import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvRows, MAX_ROW_BYTES, type CsvRow } from '../../../adapters/csv/csv-rows.ts'
import { createFolder, writeFiles } from './support/import-folder.ts'

async function rowsOf(content: string | Uint8Array, delimiter = ','): Promise<readonly CsvRow[]> {
  const folder = await createFolder({ 'rows.csv': content })
  return readRows(join(folder, 'rows.csv'), delimiter)
}

async function readRows(path: string, delimiter = ','): Promise<readonly CsvRow[]> {
  const rows: CsvRow[] = []
  for await (const chunk of csvRows({ path, delimiter })) rows.push(...chunk)
  return rows
}

const fieldsOf = (rows: readonly CsvRow[]) => rows.map(({ fields }) => fields)
const linesOf = (rows: readonly CsvRow[]) => rows.map(({ line }) => line)

describe('rows', () => {
  test('have the physical line on which they begin, whatever lies inside quotes', async () => {
    const rows = await rowsOf('a,b\n"one\ntwo\nthree",x\n\n\nlast,"y"\n')
    expect(fieldsOf(rows)).toEqual([
      ['a', 'b'],
      ['one\ntwo\nthree', 'x'],
      ['last', 'y'],
    ])
    expect(linesOf(rows)).toEqual([1, 2, 7])
  })

  test('are the same with CRLF, and CRLF inside quotes is one line end', async () => {
    const rows = await rowsOf('a,b\r\n"one\r\ntwo",x\r\n\r\nlast,y')
    expect(fieldsOf(rows)).toEqual([
      ['a', 'b'],
      ['one\r\ntwo', 'x'],
      ['last', 'y'],
    ])
    expect(linesOf(rows)).toEqual([1, 2, 5])
    expect(rows[1]!.text).toBe('"one\r\ntwo",x')
  })

  test('may mix LF and CRLF, as files do that several programs have written', async () => {
    const rows = await rowsOf('a\r\nb\nc\r\n')
    expect(fieldsOf(rows)).toEqual([['a'], ['b'], ['c']])
    expect(linesOf(rows)).toEqual([1, 2, 3])
  })

  test('begin behind a byte order mark', async () => {
    expect(await rowsOf('\uFEFF"a",b\n1,2')).toEqual([
      { line: 1, fields: ['a', 'b'], text: '"a",b' },
      { line: 2, fields: ['1', '2'], text: '1,2' },
    ])
  })

  test('keep their text as found', async () => {
    expect((await rowsOf('a\n "x" \n'))[1]).toMatchObject({ line: 2 })
    expect((await rowsOf('a,b\n"say ""hi""",2,3\n'))[1]!.text).toBe('"say ""hi""",2,3')
  })

  test('of nothing but delimiters, as spreadsheets leave behind, are left out', async () => {
    expect(linesOf(await rowsOf('a,b\n,\n1,2\n , \n'))).toEqual([1, 3])
  })
})

describe('a row with broken quotes', () => {
  test.each([
    ['a quote inside an unquoted value', '5" pipe,1', /inside an unquoted value/],
    ['a text behind the closing quote', '"5" pipe,1', /goes on after its closing quote/],
  ])('costs its own line: %s', async (_, broken, reason) => {
    const rows = await rowsOf(`a,b\n1,2\n${broken}\n3,4\n"5",6\n`)
    expect(linesOf(rows)).toEqual([1, 2, 3, 4, 5])
    expect(rows[2]).toMatchObject({ text: broken, broken: expect.stringMatching(reason) })
    expect(fieldsOf(rows).slice(3)).toEqual([
      ['3', '4'],
      ['5', '6'],
    ])
  })

  test('does not swallow the rest of the file when its quote is never closed', async () => {
    const rows = await rowsOf('a,b\n"1,2\n3,4\n5,6')
    expect(rows.map(({ line, broken }) => [line, broken !== undefined])).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, false],
    ])
  })

  test('does not swallow a long rest either', async () => {
    const rest = 'x'
      .repeat(99)
      .concat(',y\n')
      .repeat(Math.ceil(MAX_ROW_BYTES / 50))
    const rows = await rowsOf(`a,b\n"1,2\n${rest}`)
    expect(rows[1]).toMatchObject({ line: 2, broken: expect.stringContaining('never closed') })
    expect(rows.filter(({ broken }) => broken === undefined)).toHaveLength(1 + Math.ceil(MAX_ROW_BYTES / 50))
    expect(rows.at(-1)).toMatchObject({ line: 2 + Math.ceil(MAX_ROW_BYTES / 50) })
  })
})

test('a reading that is aborted ends with the reason', async () => {
  const folder = await createFolder({ 'rows.csv': 'a\n1\n' })
  const rows = csvRows({ path: join(folder, 'rows.csv'), delimiter: ',', signal: AbortSignal.abort() })
  await expect(rows.next()).rejects.toThrow(/abort/i)
})

test('progress ends at the length of the file', async () => {
  const folder = await createFolder({ 'rows.csv': 'a\n'.repeat(100_000) })
  const seen: number[] = []
  const rows = csvRows({ path: join(folder, 'rows.csv'), delimiter: ',', onBytes: (bytes) => seen.push(bytes) })
  for await (const _ of rows);
  expect(seen.at(-1)).toBe(200_000)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
})

// Each run works on a real file; the limit is for machines that are busy with other things.
describe('for all files', { timeout: 60_000 }, () => {
  const field = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '中') }))
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 })
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`

  test('what is written is read back, with its lines', async () => {
    const folder = await createFolder()
    const path = join(folder, 'rows.csv')
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (written, end, mark) => {
        const texts = written.map((row) => ['id', ...row].map(quoted).join(','))
        await writeFiles(folder, { 'rows.csv': (mark ? '\uFEFF' : '') + texts.map((text) => text + end).join('') })
        const rows = await readRows(path)
        expect(fieldsOf(rows)).toEqual(written.map((row) => ['id', ...row]))
        let line = 1
        for (const [i, text] of texts.entries()) {
          expect(rows[i]!.line).toBe(line)
          line += text.split('\n').length
        }
      }),
    )
  })

  test('no bytes make the reading fail, and the lines only grow', async () => {
    const folder = await createFolder()
    const path = join(folder, 'rows.csv')
    const pieces = fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', ' ', '\uFEFF')
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(pieces, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''))),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await writeFiles(folder, { 'rows.csv': content })
        const lines = linesOf(await readRows(path))
        expect(lines).toEqual([...new Set(lines)].toSorted((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })
})
