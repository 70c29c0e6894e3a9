/** `outpost log`: what a node exchanged, the newest last, as it remembers it. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { SyncLogDetail, SyncLogEntry, SyncLogPage, SyncLogTrail } from '../../schemas/protocol/sync-log.ts'
import type { NodeFile } from '../node/node-file.ts'
import { storeError } from '../sqlite/open-database.ts'
import { LogReader } from '../synclog/log-reader.ts'
import type { SyncLogQuery } from '../synclog/log-search.ts'
import { SYNC_LOG_FILE } from '../synclog/sync-log.ts'
import { callNode, findRunningNode } from './node-client.ts'
import { queryOf, withLogFlags, type LogFlags } from './log-flags.ts'
import { DEFAULT_DATA } from './options.ts'
import { reportError } from './report-error.ts'
import { openStoppedLog } from './stopped-log.ts'

/** A log, here or behind the API. */
interface Source {
  list(query: SyncLogQuery): SyncLogPage | Promise<SyncLogPage>
  trail(requestId: string): SyncLogTrail | Promise<SyncLogTrail>
}

const FOLLOW_MS = 1000
/** Of a node that starts or stops. */
const PASSING: ReadonlySet<string> = new Set(['BAD_CONFIGURATION', 'NODE_STARTING', 'NODE_UNREACHABLE', 'STORE_LOCKED'])

export function createLogCommand(): Command {
  const command = new Command('log')
  command.description('what a node exchanged, the newest last; docs/sync-log.md says what each line means')
  return withLogFlags(command).action(async (flags: LogFlags) => {
    try {
      await show(flags)
    } catch (error) {
      process.exitCode = reportError(error, flags.json)
    }
  })
}

async function show(flags: LogFlags): Promise<void> {
  const folders = flags.data === undefined ? [DEFAULT_DATA.cloud, DEFAULT_DATA.branch] : [flags.data]
  const print = (entry: SyncLogEntry | SyncLogDetail) =>
    process.stdout.write(`${flags.json ? JSON.stringify(entry) : inWords(entry)}\n`)
  const { request } = flags
  if (request !== undefined) {
    const { entries, later } = await reading(folders, (source) => source.trail(request))
    for (const entry of [...entries, ...later]) print(entry)
    return
  }
  const query = queryOf(flags)
  const entries = await reading(folders, (source) => newest(source, query))
  for (const entry of entries.toReversed()) print(entry)
  if (entries.length === 0 && flags.json !== true) process.stderr.write('nothing that fits is in the log\n')
  // Nobody reads any more behind a `| head` that has enough.
  for (let last = entries[0]?.number ?? 0; flags.follow === true && process.stdout.writable;) {
    await delay(FOLLOW_MS)
    const fresh = await reading(folders, (source) => since(source, query, last)).catch(noneWhileItStarts)
    for (const entry of fresh) print(entry)
    last = fresh.at(-1)?.number ?? last
  }
}

/** The newest first; a page may end before it is full, when it was looked for far enough. */
async function newest(source: Source, query: SyncLogQuery): Promise<SyncLogEntry[]> {
  const found: SyncLogEntry[] = []
  for (let before: number | undefined; ;) {
    const { entries, next } = await source.list({ ...query, before, limit: query.limit - found.length })
    found.push(...entries)
    if (next === undefined || found.length >= query.limit) return found
    before = next
  }
}

/** The oldest first, page by page back to the last one that was printed. */
async function since(source: Source, query: SyncLogQuery, last: number): Promise<SyncLogEntry[]> {
  const found: SyncLogEntry[] = []
  for (let [before, printed] = [undefined as number | undefined, last]; ;) {
    const { entries, next } = await source.list({ ...query, before })
    // A log that was begun anew counts from 1 again.
    if (before === undefined && (entries[0]?.number ?? last) < last) printed = 0
    found.push(...entries.filter(({ number }) => number > printed))
    if (next === undefined || next <= printed) return found.toReversed()
    before = next
  }
}

/**
 * Asks the running node, else the file of the stopped one: found anew each time, since a node may start or stop meanwhile,
 * and no longer open than it is read, since a node that starts wants its file for itself.
 *
 * @throws OutpostError BAD_CONFIGURATION where there is neither, NODE_STARTING where the node has its file and does not answer
 */
async function reading<T>(folders: readonly string[], read: (source: Source) => T | Promise<T>): Promise<T> {
  for (const folder of folders) {
    const running = await findRunningNode(folder)
    if (running) return read(behindApi(running))
  }
  for (const folder of folders) {
    const db = openStoppedLog(folder)
    if (!db) continue
    try {
      return await read(new LogReader(db))
    } catch (cause) {
      throw storeError(cause, join(folder, SYNC_LOG_FILE))
    } finally {
      db.close()
    }
  }
  const message = `no node runs on ${folders.join(' or ')}, and none has left a sync log there`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

/** It has its file and does not answer yet, or not any more: neither ends whoever follows it. */
function noneWhileItStarts(error: unknown): [] {
  if (error instanceof OutpostError && PASSING.has(error.code)) return []
  throw error
}

function behindApi(node: NodeFile): Source {
  return {
    list({ document, fromMs, toMs, ...query }) {
      const named = {
        ...query,
        document: document && `${document.collection}/${document.id}`,
        from: fromMs === undefined ? undefined : new Date(fromMs).toISOString(),
        to: toMs === undefined ? undefined : new Date(toMs).toISOString(),
      }
      const given = Object.entries(named).filter(([, value]) => value !== undefined)
      const parameters = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
      return callNode(node, 'GET', `/api/sync-log?${parameters.toString()}`)
    },
    trail: (requestId) => callNode(node, 'GET', `/api/sync-log/request/${encodeURIComponent(requestId)}`),
  }
}

/** `2026-03-01 10:00:00.000  north  push class 80  2 sent, 0 received  ok …` */
function inWords(entry: SyncLogEntry | SyncLogDetail): string {
  const { number, at, branchId, mirror, kind, sent, received, outcomes = {}, bytesSent, bytesReceived } = entry
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  const end = entry.outcome === 'ok' ? 'ok' : (entry.code ?? 'failed')
  const line = [
    String(number).padStart(6),
    at.replace('T', ' ').replace('Z', ''),
    (branchId ?? mirror ?? '').padEnd(12),
    `${kind}${entry.class === undefined ? '' : ` ${entry.class}`}`.padEnd(12),
    `${sent} sent, ${received} received${counts.length > 0 ? ` (${counts.join(', ')})` : ''}`.padEnd(28),
    `${bytesSent}/${bytesReceived} B`.padStart(16),
    `${entry.ms.toFixed(0)} ms`.padStart(8),
    end.padEnd(8),
    entry.requestId,
  ].join('  ')
  const documents = 'documents' in entry ? entry.documents : []
  return [line, ...documents.map(({ collection, id, seq }) => `          ${collection}/${id} seq ${seq}`)].join('\n')
}
