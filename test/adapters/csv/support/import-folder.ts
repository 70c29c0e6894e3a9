/** A folder of CSV files and a mapping, and what importing it brings. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import type { ImportEvent, ImportSummary } from '../../../../adapters/import/import-output.ts'
import type {
  ImportRecord,
  MemberRecord,
  OrderRecord,
  ProductRecord,
  RowReject,
  RowWarning,
} from '../../../../adapters/import/import-record.ts'
import { prepareImport } from '../../../../adapters/csv/prepare-import.ts'
import { readImport, type ReadImportOptions } from '../../../../adapters/csv/read-import.ts'

export type Files = Readonly<Record<string, string | Uint8Array>>

/** Removed when the test is over. */
export async function createFolder(files: Files = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outpost-csv-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFiles(folder, files)
  return folder
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const name in files) await writeFile(join(folder, name), files[name]!)
}

export interface Imported {
  readonly batches: readonly (readonly ImportRecord[])[]
  readonly products: readonly ProductRecord[]
  readonly members: readonly MemberRecord[]
  readonly orders: readonly OrderRecord[]
  readonly rejects: readonly RowReject[]
  readonly warnings: readonly RowWarning[]
  readonly summary: ImportSummary
}

export async function collect(events: AsyncIterable<ImportEvent>): Promise<Imported> {
  const all: ImportEvent[] = []
  for await (const event of events) all.push(event)
  const last = all.pop()
  if (last?.type !== 'summary') throw new Error('the last event is no summary')
  const batches = all.flatMap((event) => (event.type === 'records' ? [event.records] : []))
  const records = batches.flat()
  return {
    batches,
    products: records.filter((record) => record.kind === 'product'),
    members: records.filter((record) => record.kind === 'member'),
    orders: records.filter((record) => record.kind === 'order'),
    rejects: all.flatMap((event) => (event.type === 'reject' ? [event.reject] : [])),
    warnings: all.flatMap((event) => (event.type === 'warning' ? [event.warning] : [])),
    summary: last.summary,
  }
}

/** A whole shop in four small files; tests replace what they are about. */
export const SHOP_MAPPING = {
  version: '1',
  source: 'shop',
  defaultCountry: 'CN',
  currency: 'CNY',
  nullTexts: ['NULL'],
  products: { file: 'products.csv', columns: { legacyId: 'id', name: 'name', price: 'price' } },
  members: { file: 'members.csv', columns: { legacyId: 'id', name: 'name', phone: 'phone' } },
  orders: {
    file: 'orders.csv',
    columns: { legacyId: 'id', placedAt: 'date', memberLegacyId: 'member', status: { constant: 'closed' } },
  },
  orderLines: {
    file: 'lines.csv',
    columns: { orderLegacyId: 'order', productLegacyId: 'product', quantity: 'quantity', discount: 'discount' },
  },
}

export const SHOP_FILES = {
  'products.csv': 'id,name,price\nTEA,绿茶,12.50\nCUP,Cup,3\n',
  'members.csv': 'id,name,phone\nM1,王芳,138 0013 8000\nM2,Li,NULL\n',
  'orders.csv': 'id,date,member\nO1,2024-02-29,M1\nO2,2024-03-01 18:30,M9\n',
  'lines.csv': 'order,product,quantity,discount\nO1,TEA,2,\nO2,CUP,1,0.50\nO1,CUP,4,\n',
}

export interface ShopImport {
  readonly mapping?: Readonly<Record<string, unknown>>
  readonly files?: Files
  readonly parameters?: Readonly<Record<string, string>>
  readonly options?: ReadImportOptions
}

/** Imports the shop with some sections of its mapping and some of its files replaced. */
export async function importShop(changes: ShopImport = {}): Promise<Imported> {
  const folder = await createFolder({ ...SHOP_FILES, ...changes.files })
  await writeFiles(folder, { 'mapping.yaml': stringify({ ...SHOP_MAPPING, ...changes.mapping }) })
  const prepared = await prepareImport({
    mappingFile: join(folder, 'mapping.yaml'),
    ...(changes.parameters && { parameters: changes.parameters }),
  })
  return collect(readImport(prepared, changes.options))
}
