/** The folder of a headquarters that has heard of many branches, as it is left when its node stops. */
import { join } from 'node:path'
import { existsSync, statSync } from 'node:fs'
import { SYNC_LOG_FILE, SyncLog } from '../../adapters/synclog/sync-log.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { PROTOCOL_VERSION, type HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import { VERSION } from '../../schemas/version.ts'
import { noteTraffic } from './chain-traffic.ts'

export interface ManyBranches {
  readonly folder: string
  readonly branches: readonly string[]
}

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export function branchIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `b${String(i + 1).padStart(4, '0')}`)
}

/** Each branch is there and has told how it is. */
export function hearBranches({ folder, branches }: ManyBranches): void {
  const { operations, close } = openStoppedCloud(folder, COLLECTIONS, true)
  for (const [i, branchId] of branches.entries()) {
    operations.addBranch({ id: branchId, name: `Shop ${i + 1}` })
    const principal = { kind: 'branch', branchId, keyId: branchId, bodyHash: '' } as const
    operations.exchangeHooks.heartbeat(principal, heartbeat(branchId, i))
  }
  close()
}

/** Written by the log itself, bounded as given. @returns bytes of its files after each round, with how long the round took */
export async function fillLog(
  { folder, branches }: ManyBranches,
  entries: number,
  rounds: readonly { readonly entries: number; readonly hours: number }[],
): Promise<{ readonly file: string; readonly ms: readonly number[]; readonly mb: readonly number[] }> {
  const file = join(folder, SYNC_LOG_FILE)
  const hours = rounds.reduce((sum, round) => sum + round.hours, 0)
  let nowMs = Date.now() - hours * HOUR_MS
  const syncLog = new SyncLog({ file, log, nowMs: () => nowMs, limits: { entries, documents: 2 * entries } })
  const [ms, mb]: number[][] = [[], []]
  for (const round of rounds) {
    const [fromMs, startedAt] = [nowMs, performance.now()]
    const onTime = (atMs: number) => (nowMs = atMs)
    const toMs = fromMs + round.hours * HOUR_MS
    await noteTraffic(syncLog.note, { branches, fromMs, toMs, entries: round.entries, onTime })
    nowMs = toMs
    // Writes what waits.
    syncLog.list({ limit: 1 })
    ms!.push(performance.now() - startedAt)
    mb!.push(logBytes(file) / 1e6)
  }
  syncLog.close()
  return { file, ms: ms!, mb: mb! }
}

const HOUR_MS = 3_600_000

function heartbeat(branchId: string, i: number): HeartbeatRequest {
  const waiting = i % 10 === 0 ? 3 : 0
  const backlog = { documents: waiting, ...(waiting > 0 && { oldest: new Date().toISOString() }) }
  const head = { epoch: `start-of-${branchId}`, seq: 1 }
  return {
    protocol: PROTOCOL_VERSION,
    version: VERSION,
    schemas: Object.fromEntries(COLLECTIONS.map(({ name, schema }) => [name, schema.version])),
    head,
    positions: {},
    collections: COLLECTIONS.map(({ name }) => name),
    host: `pc-${branchId}`,
    beat: 1,
    epochs: [{ epoch: head.epoch, firstSeq: 1 }],
    figures: { backlog, classes: [], exceptions: 0, disk: { free: 5e10, store: 1e8 }, clockOffsetMs: 12 },
  }
}

/** With what is not in the file itself yet. */
function logBytes(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (existsSync(path) ? statSync(path).size : 0), 0)
}
