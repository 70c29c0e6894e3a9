import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { temporaryFolder } from '../support/node-process.ts'

let mysql: TestDatabase
let folder: { path: string; remove: () => void }

beforeEach(async () => {
  mysql = await createTestDatabase()
  folder = temporaryFolder()
})

afterEach(async () => {
  await mysql.drop()
  folder.remove()
})

/** Runs a demonstration as `npm start` does once everything is set up; its last line on stdout is JSON. */
async function runDemo(script: string, args: readonly string[] = []): Promise<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`../../dist/scripts/demo/${script}.js`, import.meta.url))
  const child = spawn(process.execPath, [file, '--once', ...args], {
    env: { ...process.env, OUTPOST_STATE: folder.path, MYSQL_URL: mysql.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
}

describe('the demonstrations', () => {
  it('trade a day with one branch cut off, end in sync, and go on with the next day on the same data', async () => {
    const first = await runDemo('main')
    expect(first).toMatchObject({ branches: 2, orders: 300, inSync: true })
    expect(first['mirror']).toMatchObject({ orders: 300, member: first['members'] })
    const second = await runDemo('main')
    expect(second).toMatchObject({ branches: 2, orders: 600, inSync: true })
    expect(await mysql.query('SELECT COUNT(*) AS n FROM orders')).toEqual([{ n: 600 }])
  }, 180_000)

  it('import at nine branches at once, half of them cut off, and name each bad row once', async () => {
    const report = await runDemo('northwind')
    expect(report).toMatchObject({ branches: 9, inSync: true })
    const { rejected, orders, mirror } = report as {
      rejected: { customers: number; orders: number }
      orders: number
      mirror: object
    }
    expect(orders + rejected.orders).toBe(300)
    expect(mirror).toMatchObject({ orders })
    const rows = readFileSync(join(folder.path, 'chain', 'rejects.csv'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
    expect(rows).toHaveLength(rejected.customers + rejected.orders)
    expect(new Set(rows.map((row) => row.split(',', 2).join())).size).toBe(rows.length)
  }, 300_000)
})
