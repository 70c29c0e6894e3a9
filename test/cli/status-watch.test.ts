import { afterEach, beforeEach, expect, test } from 'vitest'
import { watchStatuses, type WatchOptions } from '../../adapters/cli/status-watch.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { RouteTable } from '../../adapters/http/route-table.ts'
import { addStatusRoutes } from '../../adapters/http/status-routes.ts'
import { writeNodeFile } from '../../adapters/node/node-file.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { AT, branchRow, branchStatus, cloudStatus } from '../adapters/metrics/statuses.ts'
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

/** A node that has said how it is once, and says nothing more. */
async function startStill(status: object) {
  let isStill = false
  const { url, close } = await serve((request, response) => {
    // Its connections stay, as those of a process that was stopped do.
    if (isStill) return
    const whole = { ...status, backup: { state: 'off', identity: NORTH, folder: 'backups' } }
    if (!request.url!.endsWith('/stream')) {
      response.end(JSON.stringify(whole))
      return
    }
    isStill = true
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(whole)}\n\n`)
  })
  writeNodeFile(folder.path, { node: 'branch', url, token: 'of-the-node', pid: process.pid, identity: NORTH })
  return { [Symbol.asyncDispose]: close }
}

function watch(changed: { json: boolean } & Pick<Partial<WatchOptions>, 'screen' | 'steadyMs' | 'silenceMs'>): void {
  const write = (text: string) => {
    written.push(text)
    onWritten()
  }
  const options = { screen: () => undefined, ...changed }
  watching = watchStatuses([folder.path], { ...options, write, signal: ending.signal })
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
  watch({ json: false, screen: () => ({ rows: 5, columns: 80 }) })
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

test('a node that stands still, and keeps its connections, is told of as one that is gone', async () => {
  await using _still = await startStill(branchStatus())
  watch({ json: true, silenceMs: 300 })
  expect(JSON.parse(await nth(1))).toMatchObject({ node: 'branch' })
  expect(JSON.parse(await nth(2))).toEqual({ data: folder.path, running: false })
})

test('what a node said long ago is judged by the time that it is now: in sync lasts a minute, though nothing is heard', async () => {
  let nowMs = 0
  const { reported: _, ...well } = branchRow('north')
  await using _still = await startStill(cloudStatus({ branches: [well] }))
  watch({ json: false, steadyMs: () => nowMs })
  expect(await nth(1)).toContain('north       in sync')
  nowMs = 61_000
  const later = await nth(2)
  expect(later).toContain('north       silent')
  expect(later.split('\n')[0]).toBe(new Date(Date.parse(AT) + 61_000).toISOString())
})
