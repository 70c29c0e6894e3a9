/** Runs a demonstration as its command does once everything is set up. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { createTestDatabase, type TestDatabase } from './mysql-database.ts'
import { temporaryFolder } from './node-process.ts'

/** Where demonstrations keep what they do: run again, they go on with it. */
export interface DemoPlace {
  readonly folder: string
  readonly mysql: TestDatabase
  /** @returns what it prints on stdout where a report is asked for: JSON and nothing else */
  run<Report>(script: string): Promise<Report>
  /** @returns what it prints on stdout for people */
  tell(script: string): Promise<string>
  remove(): Promise<void>
}

export async function openDemoPlace(): Promise<DemoPlace> {
  const mysql = await createTestDatabase()
  const folder = temporaryFolder()
  return {
    folder: folder.path,
    mysql,
    run: async <Report>(script: string) =>
      JSON.parse(await runDemo(script, folder.path, mysql.url, ['--json'])) as Report,
    tell: (script) => runDemo(script, folder.path, mysql.url, []),
    async remove() {
      await mysql.drop()
      folder.remove()
    },
  }
}

async function runDemo(script: string, stateDir: string, mysqlUrl: string, flags: readonly string[]): Promise<string> {
  const file = fileURLToPath(new URL(`../../dist/scripts/demo/${script}.js`, import.meta.url))
  const child = spawn(process.execPath, [file, '--once', ...flags], {
    env: { ...process.env, OUTPOST_STATE: stateDir, MYSQL_URL: mysqlUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stdout
}
