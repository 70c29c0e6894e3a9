import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchStatuses } from '../../adapters/cli/status-watch.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { RouteTable } from '../../adapters/http/route-table.ts'
import { addStatusRoutes } from '../../adapters/http/status-routes.ts'
import { writeNodeFile } from '../../adapters/node/node-file.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { branchStatus } from '../adapters/metrics/statuses.ts'
import { COMMAND, guardOf } from '../support/guard-of.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { serve } from '../support/serve.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const NORTH: StoreIdentity = { node: 'branch', branchId: 'north', chain: 'a' }

let folder: ReturnType<typeof temporaryFolder>
let ending: AbortController
let watching: Promise<void> | undefined
let written: string[]
let onWritten: () => void

beforeEach(() => {
  folder = temporaryFolder()
  ending = new AbortController()
  written = []
  onWritten = ignore
})

afterEach(async () => {
  ending.abort()
  await watching
  folder.remove()
})

/** A node on the folder, whose number of exceptions the test sets. */
async function startNode() {
  let exceptions = 0
  let tick = 0
  let tell = ignore
  let onTold = ignore
  const status = (): BranchNodeStatus => {
    onTold()
    return {
      ...branchStatus({ exceptions }),
      time: new Date(tick++).toISOString(),
      backup: { state: 'off', identity: NORTH, folder: 'backups' },
    }
  }
  const onChange = (listener: () => void) => {
    tell = listener
    return ignore
  }
  const app = createApp(SILENT)
  addStatusRoutes(new RouteTable(app, guardOf(COMMAND)), { status, onChange }, SILENT, 'device')
  addErrorHandling(app, SILENT)
  const { url, close } = await serve(app)
  writeNodeFile(folder.path, { node: 'branch', url, token: 'of-the-node', pid: process.pid, identity: NORTH })
  const set = (next: number) => {
    exceptions = next
    tell()
    return new Promise<void>((resolve) => (onTold = resolve))
  }
  return { set, close, [Symbol.asyncDispose]: close }
}

function watch({ json, rows }: { json: boolean; rows?: number }): void {
  const write = (text: string) => {
    written.push(text)
    onWritten()
  }
  watching = watchStatuses([folder.path], { json, write, rows: () => rows, signal: ending.signal })
}

/** The text that was written as number so many. */
function nth(count: number): Promise<string> {
  return new Promise((resolve) => {
    onWritten = () => {
      if (written.length >= count) resolve(written[count - 1]!)
    }
    onWritten()
  })
}

test('with --json each change is one line, and what has not changed but in its time is none', async () => {
  await using node = await startNode()
  watch({ json: true })
  expect(JSON.parse(await nth(1))).toMatchObject({ node: 'branch', exceptions: 0 })
  await node.set(0)
  await node.set(1)
  expect(JSON.parse(await nth(2))).toMatchObject({ exceptions: 1 })
  expect(written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
})

test('a node that is stopped is told of and found again when it is back', async () => {
  const first = await startNode()
  watch({ json: true })
  await nth(1)
  await first.close()
  expect(JSON.parse(await nth(2))).toEqual({ data: folder.path, running: false })
  await using again = await startNode()
  expect(JSON.parse(await nth(3))).toMatchObject({ node: 'branch' })
  await again.set(4)
  expect(JSON.parse(await nth(4))).toMatchObject({ exceptions: 4 })
})

test('a terminal is drawn anew at each change, with no more than fits', async () => {
  await using node = await startNode()
  watch({ json: false, rows: 5 })
  await nth(1)
  await node.set(2)
  const drawn = await nth(2)
  expect(drawn.startsWith('\u001B[H\u001B[2J')).toBe(true)
  const lines = drawn.trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  expect(lines[1]).toContain('branch north')
  expect(lines[3]).toMatch(/^… \d+ more lines$/)
})

test('where there is no terminal each change is a text of its own', async () => {
  await using node = await startNode()
  watch({ json: false })
  await nth(1)
  await node.set(2)
  const text = await nth(2)
  expect(text).toContain('  exceptions      2\n')
  expect(text).not.toContain('\u001B')
})
