import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { prepareImport } from '../../../adapters/csv/prepare-import.ts'
import { readImport } from '../../../adapters/csv/read-import.ts'
import { createFolder, importShop, SHOP_FILES, SHOP_MAPPING, writeFiles } from './support/import-folder.ts'

const { products, members, orders, orderLines } = SHOP_MAPPING
const NOTHING = { products: 0, members: 0, orders: 0, orderLines: 0 }

describe('an import', () => {
  test('yields products, then members, then orders with their lines', async () => {
    const { batches, summary, rejects, warnings } = await importShop()
    expect(batches).toEqual([
      [
        {
          kind: 'product',
          origin: { file: 'products.csv', line: 2 },
          source: 'shop',
          legacyId: 'TEA',
          name: '绿茶',
          price: 1250,
          currency: 'CNY',
        },
        {
          kind: 'product',
          origin: { file: 'products.csv', line: 3 },
          source: 'shop',
          legacyId: 'CUP',
          name: 'Cup',
          price: 300,
          currency: 'CNY',
        },
      ],
      [
        {
          kind: 'member',
          origin: { file: 'members.csv', line: 2 },
          source: 'shop',
          legacyId: 'M1',
          name: '王芳',
          phone: '138 0013 8000',
          country: 'CN',
          scope: 'shared',
        },
        {
          kind: 'member',
          origin: { file: 'members.csv', line: 3 },
          source: 'shop',
          legacyId: 'M2',
          name: 'Li',
          country: 'CN',
          scope: 'shared',
        },
      ],
      [
        {
          kind: 'order',
          origin: { file: 'orders.csv', line: 2 },
          source: 'shop',
          legacyId: 'O1',
          number: 'O1',
          placedAt: '2024-02-29T00:00:00.000Z',
          memberLegacyId: 'M1',
          status: 'closed',
          currency: 'CNY',
          lines: [
            { productLegacyId: 'TEA', name: '绿茶', price: 1250, quantity: 2, discount: 0 },
            { productLegacyId: 'CUP', name: 'Cup', price: 300, quantity: 4, discount: 0 },
          ],
        },
        {
          kind: 'order',
          origin: { file: 'orders.csv', line: 3 },
          source: 'shop',
          legacyId: 'O2',
          number: 'O2',
          placedAt: '2024-03-01T18:30:00.000Z',
          memberLegacyId: 'M9',
          status: 'closed',
          currency: 'CNY',
          lines: [{ productLegacyId: 'CUP', name: 'Cup', price: 300, quantity: 1, discount: 50 }],
        },
      ],
    ])
    expect({ rejects, warnings }).toEqual({ rejects: [], warnings: [] })
    expect(summary).toEqual({
      read: { products: 2, members: 2, orders: 2, orderLines: 3 },
      selected: { products: 2, members: 2, orders: 2, orderLines: 3 },
      rejected: { products: 0, members: 0, orders: 0, orderLines: 0 },
      warnings: 0,
      orphanLines: 0,
      orphanLinesByOrder: new Map(),
    })
  })

  test('hands over at most 500 records at once', async () => {
    const rows = Array.from({ length: 1201 }, (_, i) => `M${i},Name ${i},\n`).join('')
    const { batches, members: found } = await importShop({ files: { 'members.csv': `id,name,phone\n${rows}` } })
    expect(batches.map((batch) => batch.length)).toEqual([2, 500, 500, 201, 2])
    expect(found.map(({ legacyId }) => legacyId)).toEqual(Array.from({ length: 1201 }, (_, i) => `M${i}`))
  })

  test('tells how far it is, up to the whole', async () => {
    const seen: { bytes: number; totalBytes: number }[] = []
    await importShop({ options: { onProgress: (progress) => seen.push(progress) } })
    const total = Object.values(SHOP_FILES).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    expect(seen.at(-1)).toMatchObject({ bytes: total, totalBytes: total })
    expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
  })

  test('ends with the reason when it is aborted, and closes its file when it is left', async () => {
    const folder = await createFolder({ ...SHOP_FILES, 'mapping.yaml': stringify(SHOP_MAPPING) })
    const prepared = await prepareImport({ mappingFile: join(folder, 'mapping.yaml') })
    const controller = new AbortController()
    const events = readImport(prepared, { signal: controller.signal })
    expect((await events.next()).value).toMatchObject({ type: 'records' })
    controller.abort(new Error('enough'))
    await expect(events.next()).rejects.toThrow('enough')
    for await (const event of readImport(prepared)) if (event.type === 'records') break
  })

  test('finds the files in another folder than the mapping when told so', async () => {
    const data = await createFolder(SHOP_FILES)
    const folder = await createFolder()
    await writeFiles(folder, { 'mapping.json': JSON.stringify(SHOP_MAPPING) })
    const prepared = await prepareImport({ mappingFile: join(folder, 'mapping.json'), baseDir: data })
    expect(prepared.products?.path).toBe(join(data, 'products.csv'))
  })
})

describe('columns', () => {
  test('can be looked up, fixed, joined and told by emptiness', async () => {
    const { members: found, orders: sold } = await importShop({
      files: {
        'members.csv': 'id,name,phone,land,street,city\nM1,A,1,Germany,,Köln\nM2,B,2,,Weg 1,NULL\nM3,C,3,?,NULL,\n',
        'orders.csv': 'id,date,member,shipped\nO1,2024-01-01,M1,NULL\nO2,2024-01-01,M1,2024-01-02\n',
      },
      mapping: {
        members: {
          ...members,
          scope: 'private',
          columns: {
            ...members.columns,
            country: { column: 'land', values: { Germany: 'DE' }, unknown: 'empty' },
            address: { template: '{street}, {city}' },
            note: { constant: 'imported' },
          },
        },
        orders: {
          ...orders,
          columns: { ...orders.columns, status: { column: 'shipped', whenEmpty: 'paid', otherwise: 'closed' } },
        },
      },
    })
    expect(found.map(({ country, address, note, scope }) => ({ country, address, note, scope }))).toEqual([
      { country: 'DE', address: 'Köln', note: 'imported', scope: 'private' },
      { country: 'CN', address: 'Weg 1', note: 'imported', scope: 'private' },
      { country: 'CN', address: undefined, note: 'imported', scope: 'private' },
    ])
    expect(sold.map(({ status }) => status)).toEqual(['paid', 'closed'])
  })

  test('that leave out an empty middle keep the text before it', async () => {
    const template = 'To {street}, {city}, {zip} {land}.'
    const { members: found } = await importShop({
      files: { 'members.csv': 'id,name,phone,street,city,zip,land\n1,A,,S,,Z,L\n2,B,,,C,,L\n3,C,,,,,\n' },
      mapping: { members: { ...members, columns: { ...members.columns, note: { template } } } },
    })
    expect(found.map(({ note }) => note)).toEqual(['To S, Z L.', 'To C, L.', undefined])
  })

  test('have the time zone, the delimiter and the money of the mapping', async () => {
    const { orders: sold, products: catalogue } = await importShop({
      files: {
        'products.csv': 'id;name;price;off\nTEA;Tea;1250;是\nCUP;Cup;3;0\n',
        'members.csv': 'id;name;phone\n',
        'orders.csv': 'id;date;member\nO1;2024-03-01;\n',
        'lines.csv': 'order;product;quantity;discount\nO1;TEA;1;\n',
      },
      mapping: {
        timeZone: '+08:00',
        delimiter: ';',
        currency: 'JPY',
        currencyDecimals: '0',
        products: { ...products, columns: { ...products.columns, discontinued: 'off' } },
      },
    })
    expect(sold[0]).toMatchObject({ placedAt: '2024-02-29T16:00:00.000Z', currency: 'JPY' })
    expect(sold[0]).not.toHaveProperty('memberLegacyId')
    expect(catalogue).toMatchObject([
      { price: 1250, discontinued: true },
      { price: 3, discontinued: false },
    ])
  })

  test('say at headquarters whose order it is', async () => {
    const { orders: sold } = await importShop({
      files: { 'orders.csv': 'id,date,member,shop\nO1,2024-03-01,,1\n' },
      mapping: {
        orders: { ...orders, columns: { ...orders.columns, branchId: { column: 'shop', values: { 1: 'north' } } } },
      },
    })
    expect(sold).toMatchObject([{ branchId: 'north' }])
  })
})

describe('a bad row', () => {
  test.each([
    ['products.csv', 'X,Name', 'COLUMNS', undefined, 'has 2 columns, the header has 3'],
    ['products.csv', 'X,Na"me,1', 'QUOTES', undefined, 'a quote stands inside'],
    ['products.csv', ',Name,1', 'MISSING', 'legacyId', 'column "id" is empty, but legacyId is needed'],
    ['products.csv', 'X,Name,', 'MISSING', 'price', 'column "price" is empty'],
    ['products.csv', 'X,Name,NULL', 'MISSING', 'price', 'column "price" is empty'],
    [
      'products.csv',
      'X,Name,"1,50"',
      'NUMBER',
      'price',
      'column "price": "1,50" is not an amount with at most 2 decimals',
    ],
    ['products.csv', 'X,Name,-1', 'NUMBER', 'price', 'a price is not negative'],
    ['products.csv', `X,${'n'.repeat(201)},1`, 'LENGTH', 'name', 'column "name" has 201 characters, at most 200'],
    ['products.csv', 'TEA,Other,1', 'DUPLICATE', 'legacyId', 'product TEA stands in line 2 already'],
    ['members.csv', 'M1,Other,', 'DUPLICATE', 'legacyId', 'member M1 stands in line 2 already'],
    ['orders.csv', 'O1,2024-01-01,M1', 'DUPLICATE', 'legacyId', 'order O1 stands in line 2 already'],
    ['orders.csv', 'X,31.12.2024,M1', 'DATE', 'placedAt', 'column "date": "31.12.2024" is not a time like'],
  ])('of %s is named with its line and does not stop the rest: %s', async (file, row, code, field, reason) => {
    const content = `${SHOP_FILES[file as keyof typeof SHOP_FILES]}${row}\n`
    const { rejects, summary } = await importShop({ files: { [file]: content } })
    const kind = file.replace('.csv', '') as 'products'
    expect(rejects).toEqual([
      { file, line: 4, kind, code, ...(field && { field }), reason: expect.stringContaining(reason), text: row },
    ])
    expect(summary.rejected).toEqual({ ...NOTHING, [kind]: 1 })
    expect(summary.selected).toEqual({ products: 2, members: 2, orders: 2, orderLines: 3 })
  })

  test('has all its reasons in one reject', async () => {
    const { rejects } = await importShop({ files: { 'products.csv': `${SHOP_FILES['products.csv']}X,,a\n` } })
    expect(rejects).toMatchObject([{ code: 'NUMBER', field: 'price' }])
    expect(rejects[0]!.reason).toMatch(/"a" is not an amount.*; column "name" is empty/)
  })

  test('is named once when a table does not know its value', async () => {
    const { rejects } = await importShop({
      mapping: {
        members: { ...members, columns: { ...members.columns, country: { column: 'name', values: { Li: 'CN' } } } },
      },
    })
    expect(rejects).toMatchObject([
      { line: 2, code: 'VALUE', field: 'country', reason: 'column "name": "王芳" is not in the table of values' },
    ])
  })

  test('is not one for its phone, whatever stands there', async () => {
    const { members: found, rejects } = await importShop({ files: { 'members.csv': 'id,name,phone\nM1,A,call me!\n' } })
    expect(found).toMatchObject([{ phone: 'call me!' }])
    expect(rejects).toEqual([])
  })
})

describe('a bad line', () => {
  const withLine = (line: string) => ({ files: { 'lines.csv': `${SHOP_FILES['lines.csv']}${line}\n` } })

  test.each([
    ['O1,NONE,1,', 'PRODUCT_UNKNOWN', 'there is no product NONE; order O1 is not imported'],
    ['O1,TEA,many,', 'NUMBER', 'column "quantity": "many" is not a number like 12.50; order O1 is not imported'],
    ['O1,TEA,,', 'MISSING', 'column "quantity" is empty, but quantity is needed; order O1 is not imported'],
    ['O1,TEA,1', 'COLUMNS', 'has 3 columns, the header has 4; order O1 is not imported'],
    ['O1,TEA,1e10,', 'NUMBER', 'column "quantity" is out of range; order O1 is not imported'],
    ['O1,TEA,1,1e14', 'NUMBER', 'column "discount": "1e14" is not an amount'],
    ['O1,TEA,1e9,-1e13', 'NUMBER', 'the line costs more than an order can hold'],
  ])('takes its order with it: %s', async (line, code, reason) => {
    const { rejects, orders: sold, summary } = await importShop(withLine(line))
    expect(rejects).toMatchObject([{ file: 'lines.csv', line: 5, kind: 'orderLines', code, text: line }])
    expect(rejects[0]!.reason).toContain(reason)
    expect(sold.map(({ legacyId }) => legacyId)).toEqual(['O2'])
    expect(summary.rejected).toMatchObject({ orders: 1, orderLines: 1 })
    expect(summary.orphanLinesByOrder).toEqual(new Map([['O1', 2]]))
  })

  test('and another of the same order are both named, and the order counts once', async () => {
    const { rejects, summary } = await importShop(withLine('O1,NONE,1,\nO1,TEA,x,\nO1,TEA,1,'))
    expect(rejects.map(({ line }) => line)).toEqual([5, 6])
    expect(summary.rejected).toMatchObject({ orders: 1, orderLines: 2 })
    expect(summary.orphanLines).toBe(3)
  })

  test('that names no order falls alone', async () => {
    const { rejects, summary } = await importShop(withLine(',TEA,1,'))
    expect(rejects).toMatchObject([{ line: 5, code: 'MISSING', field: 'orderLegacyId' }])
    expect(summary.rejected).toMatchObject({ orders: 0, orderLines: 1 })
  })

  test('can be the fault of a rejected product', async () => {
    const { rejects } = await importShop({ files: { 'products.csv': 'id,name,price\nTEA,Tea,x\nCUP,Cup,3\n' } })
    expect(rejects.map(({ reason }) => reason)).toContainEqual(
      'product TEA was rejected (products.csv line 2); order O1 is not imported',
    )
  })

  test('whose order is in no file is counted, not rejected', async () => {
    const { rejects, summary } = await importShop(withLine('O8,TEA,1,\nO8,CUP,1,\nO9,NONE,1,'))
    expect(rejects).toEqual([])
    expect(summary).toMatchObject({
      orphanLines: 3,
      orphanLinesByOrder: new Map([
        ['O8', 2],
        ['O9', 1],
      ]),
    })
  })

  test('is the one that is too many for an order', async () => {
    const { rejects, orders: sold } = await importShop(withLine('O1,TEA,1,\n'.repeat(999).trimEnd()))
    expect(rejects).toMatchObject([
      { code: 'LINES', reason: 'order O1 has more than 1000 lines; order O1 is not imported' },
    ])
    expect(sold).toHaveLength(1)
  })
})

describe('lines', () => {
  test('may stand anywhere in their file, and their own name and price go before the product’s', async () => {
    const { orders: sold } = await importShop({
      files: {
        'lines.csv': 'order,product,quantity,discount,price,name\nO2,TEA,1,,9.99,Old tea\nO1,CUP,1,,,\nO2,CUP,-1,,,\n',
      },
      mapping: { orderLines: { ...orderLines, columns: { ...orderLines.columns, name: 'name', price: 'price' } } },
    })
    expect(sold.map(({ lines }) => lines)).toEqual([
      [{ productLegacyId: 'CUP', name: 'Cup', price: 300, quantity: 1, discount: 0 }],
      [
        { productLegacyId: 'TEA', name: 'Old tea', price: 999, quantity: 1, discount: 0 },
        { productLegacyId: 'CUP', name: 'Cup', price: 300, quantity: -1, discount: 0 },
      ],
    ])
  })

  test('may have a discount that is a fraction', async () => {
    const fraction = { orderLines: { ...orderLines, discountIs: 'fraction' } }
    const files = { 'lines.csv': 'order,product,quantity,discount\nO1,TEA,2,0.15\nO2,TEA,1,1.5\n' }
    const { orders: sold, rejects } = await importShop({ files, mapping: fraction })
    expect(sold[0]!.lines).toMatchObject([{ discount: 375 }])
    expect(rejects).toMatchObject([{ line: 3, code: 'NUMBER', field: 'discount' }])
  })

  test('may name products that are there already', async () => {
    const knownProducts = new Map([['POT', { name: 'Pot', price: 9900 }]])
    const files = { 'lines.csv': 'order,product,quantity,discount\nO1,POT,1,\nO2,TEA,1,\n' }
    const { orders: sold } = await importShop({ files, options: { knownProducts } })
    expect(sold.map(({ lines }) => lines[0]!.name)).toEqual(['Pot', '绿茶'])
  })

  test('are taken as they are where no list of products is given', async () => {
    const { products: _, ...rest } = SHOP_MAPPING
    const folder = await createFolder({
      ...SHOP_FILES,
      'lines.csv': 'order,product,quantity,discount,price,name\nO1,A,1,,5,Any\nO2,B,1,,,\n',
      'mapping.json': JSON.stringify({
        ...rest,
        orderLines: { ...orderLines, columns: { ...orderLines.columns, name: 'name', price: 'price' } },
      }),
    })
    const reasons: string[] = []
    for await (const event of readImport(await prepareImport({ mappingFile: join(folder, 'mapping.json') }))) {
      if (event.type === 'reject') reasons.push(event.reject.reason)
    }
    expect(reasons).toEqual([
      'column "name" is empty, but name is needed; column "price" is empty, but price is needed; order O2 is not imported',
    ])
  })

  test('are missed where there are none, with a warning', async () => {
    const {
      orders: sold,
      warnings,
      summary,
    } = await importShop({
      files: { 'lines.csv': 'order,product,quantity,discount\nO1,TEA,1,\n' },
    })
    expect(sold).toHaveLength(2)
    expect(warnings).toEqual([
      {
        file: 'orders.csv',
        line: 3,
        kind: 'orders',
        code: 'NO_LINES',
        reason: 'order O2 has no lines; it is imported without any',
      },
    ])
    expect(summary.warnings).toBe(1)
  })
})

describe('a branch', () => {
  const files = {
    'orders.csv':
      'id,date,member,shop\nO1,2024-01-01,M1,1\nO2,bad,M2,2\nO2,2024-01-01,M2,2\nO3,x,y,2,z\nO1,2024-01-01,M1,2\n',
    'lines.csv': 'order,product,quantity,discount\nO1,TEA,1,\nO2,CUP,1,\nO4,CUP,1,\n',
  }
  const mapping = {
    members: { ...members, referencedBy: 'orders' },
    orders: { ...orders, where: { column: 'shop', equals: '${shop}' } },
  }
  const importOf = (shop: string) => importShop({ files, mapping, parameters: { shop } })

  test('imports its own orders and the members that they name', async () => {
    const [one, two] = [await importOf('1'), await importOf('2')]
    expect(one.orders.map(({ legacyId }) => legacyId)).toEqual(['O1'])
    expect(one.members.map(({ legacyId }) => legacyId)).toEqual(['M1'])
    expect(two.orders.map(({ legacyId, origin }) => [legacyId, origin.line])).toEqual([['O2', 4]])
    expect(two.members.map(({ legacyId }) => legacyId)).toEqual(['M2'])
  })

  test('names its own bad rows, and those that could be anybody’s', async () => {
    const rejected = async (shop: string) => (await importOf(shop)).rejects.map(({ line, code }) => [line, code])
    expect(await rejected('1')).toEqual([[5, 'COLUMNS']])
    expect(await rejected('2')).toEqual([
      [3, 'DATE'],
      [5, 'COLUMNS'],
      [6, 'DUPLICATE'],
    ])
  })

  test('does not miss the lines of another branch’s orders', async () => {
    expect((await importOf('1')).summary.orphanLinesByOrder).toEqual(new Map([['O4', 1]]))
  })
})
