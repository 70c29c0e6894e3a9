import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { prepareImport } from '../../../adapters/csv/prepare-import.ts'
import { readImport } from '../../../adapters/csv/read-import.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { collect, createFolder, SHOP_FILES, SHOP_MAPPING, writeFiles, type Files } from './support/import-folder.ts'

interface Attempt {
  readonly mapping: string | object
  readonly files?: Files
  readonly parameters?: Readonly<Record<string, string>>
}

/** The lines of the error's message without the first, the folder's path cut away. */
async function mistakesOf({ mapping, files = {}, parameters = {} }: Attempt): Promise<readonly string[]> {
  const folder = await createFolder({ ...SHOP_FILES, ...files })
  await writeFiles(folder, { 'mapping.yaml': typeof mapping === 'string' ? mapping : stringify(mapping) })
  const error = await prepareImport({ mappingFile: join(folder, 'mapping.yaml'), parameters }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error === undefined) return []
  if (!(error instanceof OutpostError)) throw error
  expect(error.code).toBe('IMPORT_FILE')
  return error.message
    .replaceAll(`${folder}/`, '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}

const withColumns = (section: 'members' | 'orders', columns: object) => ({
  ...SHOP_MAPPING,
  [section]: { ...SHOP_MAPPING[section], columns: { ...SHOP_MAPPING[section].columns, ...columns } },
})

describe('the mistakes of a mapping', () => {
  test('are told all at once, with the place of each', async () => {
    const mapping = `version: 2
source: shop
currency: yuan
langage: zh
products:
  file: nowhere.csv
  columns: { legacyId: id, nam: name }
members:
  file: members.csv
  referencedBy: everybody
  columns: { legacyId: id, name: fullName, country: { column: phone, values: { China: CHN }, otherwise: CN } }
orders:
  file: orders.csv
  columns: { legacyId: id, placedAt: date, status: { constant: done } }
`
    expect(await mistakesOf({ mapping })).toMatchInlineSnapshot(`
      [
        "version (line 1): expected 1, the version of this kind of file",
        "currency (line 3): is no ISO 4217 code such as CNY",
        "langage (line 4): is not known here; known are version, source, defaultCountry, currency, currencyDecimals, timeZone, nullTexts, products, members, orders, orderLines, delimiter",
        "products.columns.name (line 7): is missing; expected a column name, {column}, {column, values, unknown}, {column, whenEmpty, otherwise}, {constant} or {template}",
        "products.columns.price (line 7): is missing; expected a column name, {column}, {column, values, unknown}, {column, whenEmpty, otherwise}, {constant} or {template}",
        "products.columns.nam (line 7): is not known here; known are legacyId, name, price, currency, unit, category, discontinued",
        "members.referencedBy (line 10): expected orders",
        "members.columns.country.otherwise (line 11): is not known here; known are column, values, unknown",
        "orders.columns.status (line 14): gives "done"; expected one of created, paid, fulfilled, closed, cancelled, refunded",
        "products.file (line 6): there is no file nowhere.csv",
        "members.columns.name (line 11): the file has no column "fullName"; its columns are id, name, phone",
      ]
    `)
  })

  test('a text that is no YAML is told with its line', async () => {
    expect(await mistakesOf({ mapping: 'version: 1\nsource: [\n' })).toEqual([expect.stringMatching(/^line \d: /)])
    expect(await mistakesOf({ mapping: 'a: *nobody\n' })).toEqual([expect.stringContaining('nobody')])
  })

  test('JSON is a mapping too', async () => {
    expect(await mistakesOf({ mapping: JSON.stringify({ ...SHOP_MAPPING, version: 1 }, null, 2) })).toEqual([])
  })

  test.each(['', 'just a text', '[]', '- 1', '{}'])('"%s" is no mapping', async (mapping) => {
    expect((await mistakesOf({ mapping })).length).toBeGreaterThan(0)
  })

  test('what YAML calls null, a boolean or a number is text: `NULL`, `NO`, `007`', async () => {
    const yaml = stringify(SHOP_MAPPING).replace('- NULL', '- NULL\n  - no\n  - 007\n  - ~')
    expect(await mistakesOf({ mapping: yaml })).toEqual([])
  })

  test('a file that is not there is named', async () => {
    const folder = await createFolder()
    const missing = join(folder, 'mapping.yaml')
    await expect(prepareImport({ mappingFile: missing })).rejects.toThrow(`There is no mapping file ${missing}.`)
  })

  test('lines need orders, and so do members that orders name', async () => {
    const { orders: _, ...mapping } = { ...SHOP_MAPPING, members: { ...SHOP_MAPPING.members, referencedBy: 'orders' } }
    expect(await mistakesOf({ mapping })).toEqual([
      expect.stringMatching(/^orderLines \(line \d+\): needs a section orders that the lines belong to$/),
      expect.stringMatching(/^members.referencedBy \(line \d+\): needs a section orders$/),
    ])
  })

  test.each([
    ['currencyDecimals', '5', 'expected a number from 0 to 4'],
    ['timeZone', 'Asia/Shanghai', 'expected UTC or an offset such as +08:00'],
    ['delimiter', 'x', 'expected one of , ; | or tab'],
    ['defaultCountry', 'China', 'is no ISO 3166-1 alpha-2 code'],
    ['nullTexts', 'NULL', 'expected a list of texts'],
  ])('%s: %s is refused', async (key, value, message) => {
    const mistakes = await mistakesOf({ mapping: { ...SHOP_MAPPING, [key]: value } })
    expect(mistakes).toEqual([expect.stringContaining(message)])
    expect(mistakes[0]).toMatch(new RegExp(`^${key} `))
  })

  test.each([
    [{ template: 'no column' }, 'names no {column}'],
    [{ colum: 'phone' }, 'expected a column name, {column}'],
    [{ template: '{nowhere}' }, 'the file has no column "nowhere"'],
    [{ column: 'phone', values: 'CN' }, 'expected pairs of'],
    [{ constant: '' }, 'expected a text'],
    ['', 'expected the name of a column'],
  ])('the rule %j is refused', async (note, message) => {
    const mistakes = await mistakesOf({ mapping: withColumns('members', { note }) })
    expect(mistakes).toEqual([expect.stringMatching(/^members\.columns\.note/)])
    expect(mistakes[0]).toContain(message)
  })
})

describe('parameters', () => {
  const mapping = withColumns('orders', { branchId: { constant: '${branch}' } })

  test('must be given', async () => {
    expect(await mistakesOf({ mapping })).toEqual([expect.stringContaining('give it with --set branch=…')])
    expect(await mistakesOf({ mapping, parameters: { branch: 'north' } })).toEqual([])
  })

  test('are not taken from what every object has', async () => {
    const wrong = withColumns('orders', { branchId: { constant: '${constructor}' } })
    expect(await mistakesOf({ mapping: wrong })).toEqual([expect.stringContaining('--set constructor=…')])
  })
})

describe('a file', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['that is empty', '', 'is empty'],
    ['of blank lines', '\n\n', 'is empty'],
    ['in another encoding', Buffer.from('id,name,phone\nM1,a,1\nM2,\xcd\xf5,2\n', 'latin1'), 'is not UTF-8 in line 3'],
    [
      'with a wrong byte in a last line without end',
      Buffer.from('id,name,phone\nM1,\xff', 'latin1'),
      'not UTF-8 in line 2',
    ],
    ['in UTF-16', Buffer.from('\uFEFFid,name,phone\n', 'utf16le'), 'is UTF-16; save it as UTF-8'],
    ['with zero bytes', 'id,name,phone\nM1,\0,1\n', 'has a zero byte in line 2'],
    ['with a column twice', 'id,name,name,phone\n', 'names the column "name" twice in its header'],
    ['with a broken header', 'id,na"me,phone\n', 'has a broken header in line 1'],
    ['with lines of an old Mac', 'id,name,phone\rM1,a,1\r', 'ends its lines with CR alone'],
    ['with another delimiter', 'id;name;phone\n', 'has no column "id"; its columns are id;name;phone'],
  ])('%s is refused before anything is imported', async (_, content, message) => {
    const mistakes = await mistakesOf({ mapping: SHOP_MAPPING, files: { 'members.csv': content } })
    expect(mistakes[0]).toMatch(/^members\./)
    expect(mistakes[0]).toContain(message)
  })

  test('is named with the line of its first wrong byte however long it is', async () => {
    const rows = 'M,中文,1\n'.repeat(60_000)
    const content = Buffer.concat([Buffer.from(`id,name,phone\n${rows}`), Buffer.from('M,\xe4\xb8,1\n', 'latin1')])
    expect(await mistakesOf({ mapping: SHOP_MAPPING, files: { 'members.csv': content } })).toEqual([
      expect.stringContaining('is not UTF-8 in line 60002'),
    ])
  })

  test('may be a folder by mistake', async () => {
    const mapping = { ...SHOP_MAPPING, members: { ...SHOP_MAPPING.members, file: '.' } }
    expect(await mistakesOf({ mapping })).toEqual([expect.stringContaining('is no file')])
  })
})

// Each run works on real files; the limit is for machines that are busy with other things.
describe('whatever the files hold', { timeout: 60_000 }, () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .array(fc.constantFrom('O1', 'TEA', 'M1', ',', '\n', '"', '1', '-', '2024-01-01', '中', '', ' '), {
        maxLength: 60,
      })
      .map((parts) => parts.join('')),
  )
  const headers = {
    'products.csv': 'id,name,price\n',
    'members.csv': 'id,name,phone\n',
    'orders.csv': 'id,date,member\n',
    'lines.csv': 'order,product,quantity,discount\n',
  }

  test('an import ends with records and rejects, or with one error that says what is wrong', async () => {
    const folder = await createFolder({ 'mapping.yaml': stringify(SHOP_MAPPING) })
    const mappingFile = join(folder, 'mapping.yaml')
    const file = fc.constantFrom(...(Object.keys(headers) as (keyof typeof headers)[]))
    await fc.assert(
      fc.asyncProperty(file, content, fc.boolean(), async (name, bytes, hasHeader) => {
        await writeFiles(folder, SHOP_FILES)
        await writeFile(
          join(folder, name),
          Buffer.concat([Buffer.from(hasHeader ? headers[name] : ''), Buffer.from(bytes)]),
        )
        try {
          const { summary, rejects } = await collect(readImport(await prepareImport({ mappingFile })))
          const { products, members, orders, orderLines } = summary.rejected
          expect(rejects.length).toBeLessThanOrEqual(products + members + orders + orderLines)
          expect(summary.selected.members + members).toBe(summary.read.members)
        } catch (error) {
          if (!(error instanceof OutpostError) || error.code !== 'IMPORT_FILE') throw error
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a mapping of any text is read or refused', async () => {
    const folder = await createFolder(SHOP_FILES)
    const mappingFile = join(folder, 'mapping.yaml')
    const yaml = stringify(SHOP_MAPPING)
    const damaged = fc
      .tuple(fc.nat(yaml.length), fc.nat(20), fc.string({ maxLength: 10 }))
      .map(([at, length, text]) => yaml.slice(0, at) + text + yaml.slice(at + length))
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.string()), async (text) => {
        await writeFile(mappingFile, text)
        try {
          await prepareImport({ mappingFile })
        } catch (error) {
          if (!(error instanceof OutpostError) || error.code !== 'IMPORT_FILE') throw error
        }
      }),
      { numRuns: 100 },
    )
  })
})
