/**
 * `npm run demo:northwind`: nine branches, one for each employee of the Northwind traders, import the customers that
 * they sold to and their own orders, all at once and half of them cut off meanwhile.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import type { ImportReport } from '../../adapters/cli/import-csv.ts'
import { EXIT } from '../../adapters/cli/exit-codes.ts'
import { DemoChain, type BranchHandle } from './chain.ts'
import { reportFrom, waitUntilInSync } from './final-report.ts'
import { writeNorthwindData } from './northwind-data.ts'
import { runDemo, type Demo, type DemoResult } from './run-demo.ts'

const EMPLOYEES = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const MAPPING = fileURLToPath(new URL('../../../docs/examples/northwind.yaml', import.meta.url))
const SYNC_DEADLINE_MS = 180_000

await runDemo('outpost_northwind', async (demo): Promise<DemoResult> => {
  const { folder, mysqlUrl, progress } = demo
  const data = dataFolder(demo)
  const chain = await DemoChain.start({
    folder,
    mysqlUrl,
    country: 'US',
    currency: 'USD',
    cloudPort: 7700,
    branchPort: 7801,
    onLine: (line) => progress.say(line),
  })
  await importInto(chain, 'cloud', chain.cloudDataDir, data, 'none')
  progress.say(`Starting ${EMPLOYEES.length} branches`)
  for (const employee of EMPLOYEES) await chain.addBranch(`employee-${employee}`, `Employee ${employee}`)
  const cut = chain.branches.filter((_, i) => i % 2 === 1)
  for (const { link } of cut) link.cut()
  progress.say(`Importing at all branches at once; ${cut.map(({ id }) => id).join(', ')} are cut off`)
  let done = 0
  await Promise.all(
    chain.branches.map(async ({ dataDir }, i) => {
      await importInto(chain, 'branch', dataDir, data, String(EMPLOYEES[i]))
      progress.update('imports', ++done, EMPLOYEES.length)
    }),
  )
  for (const { link } of cut) link.restore()
  const cloud = await waitUntilInSync(chain, progress, SYNC_DEADLINE_MS)
  const rejected = collectRejects(chain.branches, folder, demo)
  return { chain, report: { ...(await reportFrom(chain, mysqlUrl, cloud)), rejected } }
})

function dataFolder({ folder, data, progress }: Demo): string {
  if (data !== undefined) {
    if (!existsSync(join(data, 'orders.csv'))) throw new Error(`${resolve(data)} holds no orders.csv of Northwind`)
    return resolve(data)
  }
  const made = join(folder, 'data')
  mkdirSync(made, { recursive: true })
  writeNorthwindData(made)
  progress.say(`No --data: made up Northwind-shaped files in ${made}`)
  return made
}

async function importInto(
  chain: DemoChain,
  side: 'cloud' | 'branch',
  dataDir: string,
  data: string,
  employee: string,
): Promise<ImportReport> {
  const flags = ['--map', MAPPING, '--dir', data, '--data', dataDir, '--set', `employee=${employee}`, '--json']
  const { code, stdout } = await chain.run([side, 'import', 'csv', ...flags])
  if (code !== EXIT.done && code !== EXIT.partly)
    throw new Error(`the import into ${dataDir} failed (exit code ${code})`)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as ImportReport
}

/**
 * A row with a column too many cannot be trusted to be another branch's, so every branch's import names it. The list of
 * the chain names each once.
 */
function collectRejects(
  branches: readonly BranchHandle[],
  folder: string,
  { progress }: Demo,
): { customers: number; orders: number } {
  const rows = new Map<string, { kind: string; line: string }>()
  let header = ''
  for (const { dataDir } of branches) {
    const text = readFileSync(join(dataDir, 'rejects.csv'), 'utf8')
    header = text.slice(0, text.indexOf('\n') + 1)
    const records = parse<{ raw: string; record: Record<string, string> }>(text, { columns: true, raw: true })
    for (const { raw, record } of records) {
      rows.set(`${record['file']}:${record['line']}`, { kind: record['kind']!, line: raw })
    }
  }
  const file = join(folder, 'rejects.csv')
  writeFileSync(file, header + [...rows.values()].map(({ line }) => `${line.trimEnd()}\n`).join(''), { mode: 0o600 })
  progress.say(`${rows.size} rows were rejected; each stands with line and reason in ${file}`)
  const count = (kind: string) => [...rows.values()].filter((row) => row.kind === kind).length
  return { customers: count('members'), orders: count('orders') }
}
