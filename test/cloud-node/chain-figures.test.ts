/** The figures of the chain over real HTTP, from a real log; the time is the test's. */
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { RouteTable } from '../../adapters/http/route-table.ts'
import { SYNC_LOG_FILE, SyncLog } from '../../adapters/synclog/sync-log.ts'
import type { SyncNote, SyncNoteDetails } from '../../adapters/synclog/sync-recorder.ts'
import { addChainFiguresRoute, chainFigures } from '../../cloud-node/chain-figures.ts'
import type { ChainFigures } from '../../schemas/protocol/chain-figures.ts'
import { guardOf } from '../support/guard-of.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { serve, type Served } from '../support/serve.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const HOUR_MS = 3_600_000
/** At no whole hour, and at no whole span either. */
const START_MS = Date.parse('2026-03-01T10:07:30.000Z')

let folder: ReturnType<typeof temporaryFolder>
let syncLog: SyncLog
let served: Served
let nowMs: number
let branchIds: string[]

beforeEach(async () => {
  folder = temporaryFolder()
  nowMs = START_MS
  branchIds = ['north', 'south']
  const log = pino({ level: 'silent' })
  syncLog = new SyncLog({ file: join(folder.path, SYNC_LOG_FILE), log, nowMs: () => nowMs })
  const app = createApp(SILENT)
  const figures = chainFigures({ syncLog, branchIds: () => branchIds, retries: () => 7, nowMs: () => nowMs })
  addChainFiguresRoute(
    new RouteTable(
      app,
      guardOf(() => ({ kind: 'account', id: 'a1', name: 'Li', role: 'viewer' })),
    ),
    figures,
  )
  addErrorHandling(app, SILENT)
  served = await serve(app)
})

afterEach(async () => {
  await served.close()
  syncLog.close()
  folder.remove()
})

function note(branchId: string, changed: Partial<SyncNote> = {}, details: Partial<SyncNoteDetails> = {}): void {
  const at = new Date(nowMs).toISOString()
  const bytes = { bytesSent: 100, bytesReceived: 50 }
  syncLog.note(
    { at, branchId, kind: 'push', sent: 1, received: 0, ...bytes, ms: 4, outcome: 'ok', requestId: 'r1', ...changed },
    { documents: [], delaysMs: [], ...details },
  )
}
const FAILED = { outcome: 'failed', code: 'TOO_BUSY' } as const

async function ask(): Promise<ChainFigures> {
  const response = await fetch(`${served.url}/api/chain-figures`)
  expect(response.status).toBe(200)
  return (await response.json()) as ChainFigures
}

describe('the figures of the chain', () => {
  test('are of all and of each branch, hour by hour, with when they were counted', async () => {
    note('north', { kind: 'heartbeat' }, { backlog: 9 })
    nowMs += 2 * HOUR_MS
    note('north', { kind: 'heartbeat' }, { backlog: 3 })
    note('north', FAILED, { delaysMs: [100, 300] })
    const told = await ask()
    const hours = (figures: Record<number, number>, empty: number | null) =>
      Array.from({ length: 24 }, (_, index) => figures[index] ?? empty)
    expect(told).toEqual({
      at: '2026-03-01T12:07:30.000Z',
      from: '2026-02-28T13:00:00.000Z',
      retries: 7,
      all: {
        ...syncLog.figures(),
        hours: { requests: hours({ 21: 1, 23: 2 }, 0), failed: hours({ 23: 1 }, 0) },
      },
      branches: {
        north: {
          successRate: 2 / 3,
          requests: 3,
          failed: 1,
          failedLastHour: 1,
          meanDelayMs: 200,
          consecutiveFailures: 1,
          hours: {
            requests: hours({ 21: 1, 23: 2 }, 0),
            failed: hours({ 23: 1 }, 0),
            backlog: hours({ 21: 9, 23: 3 }, null),
          },
        },
        south: { requests: 0, failed: 0, failedLastHour: 0, consecutiveFailures: 0 },
      },
    })
    expect(told.all.failuresByCode).toEqual([{ code: 'TOO_BUSY', count: 1 }])
  })

  test('are those that the address for one branch tells, wherever in an hour they are asked', async () => {
    for (let i = 0; i < 320; i++) {
      nowMs += 311_000
      note(i % 3 === 0 ? 'south' : 'north', i % 7 === 0 ? FAILED : {}, { delaysMs: [i] })
      if (i % 40 !== 39) continue
      const { branches } = await ask()
      for (const id of branchIds) {
        const { failuresByCode: _, ...figures } = syncLog.figures(id)
        expect(branches[id]).toMatchObject(figures)
      }
    }
  })

  test('are counted again after a moment only, whoever asks', async () => {
    const first = await ask()
    note('north')
    nowMs += 1999
    expect(await ask()).toEqual(first)
    nowMs += 1
    expect((await ask()).all.requests).toBe(1)
  })
})
