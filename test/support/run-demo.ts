/** Runs a demonstration as its command does once everything is set up. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

/** @returns its last line on stdout, which is JSON */
export async function runDemo<Report>(script: string, stateDir: string, mysqlUrl: string): Promise<Report> {
  const file = fileURLToPath(new URL(`../../dist/scripts/demo/${script}.js`, import.meta.url))
  const child = spawn(process.execPath, [file, '--once'], {
    env: { ...process.env, OUTPOST_STATE: stateDir, MYSQL_URL: mysqlUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Report
}
