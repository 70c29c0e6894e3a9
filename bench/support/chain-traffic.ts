/** What the branches of a chain exchange with headquarters over some time, noted as headquarters notes it. */
import { setImmediate as turn } from 'node:timers/promises'
import type { SyncLogKind } from '../../schemas/protocol/sync-log.ts'
import type { SyncNote, SyncNoteDetails, SyncNoteListener } from '../../adapters/synclog/sync-recorder.ts'
import { SPAN_MS } from '../../adapters/synclog/tally.ts'

export interface TrafficOptions {
  readonly branches: readonly string[]
  readonly fromMs: number
  readonly toMs: number
  /** That are listed; heartbeats come on top, one a branch every five minutes. */
  readonly entries: number
  /** Told before each note what time it is. */
  readonly onTime: (nowMs: number) => void
}

/** Of a hundred entries: how many of each kind, and the documents of one. Two documents an entry on average. */
const MIX: readonly (readonly [SyncLogKind, share: number, documents: number])[] = [
  ['push', 40, 3],
  ['pull', 30, 2],
  ['receipts', 12, 1],
  ['digests', 8, 0],
  ['stats', 5, 0],
  ['mirror', 5, 2],
]
const KINDS = MIX.flatMap(([kind, share, documents]) => Array.from({ length: share }, () => ({ kind, documents })))
const CODES = ['TOO_BUSY', 'LINK_FAILED', 'DOCUMENT_INVALID', 'CLOCK_AHEAD'] as const
/** One in so many fails, and nearly all of the last branch. */
const FAILS_EACH = 400
/** Entries between two turns of the event loop, in which the log writes. */
const PIECE = 400

/** Deterministic. @returns when all of it is handed over; the log writes within a second */
export async function noteTraffic(note: SyncNoteListener, options: TrafficOptions): Promise<void> {
  const { branches, fromMs, toMs, entries, onTime } = options
  const random = createRandom(fromMs % 1e6)
  let beatsAt = fromMs
  for (let i = 0; i < entries; i++) {
    const atMs = Math.floor(fromMs + ((toMs - fromMs) * i) / entries)
    onTime(atMs)
    for (; beatsAt <= atMs; beatsAt += SPAN_MS)
      for (const branch of branches) note(...heartbeat(branch, beatsAt, random))
    note(...exchange(branches, i, atMs, random))
    if (i % PIECE === 0) await turn()
  }
}

function heartbeat(branchId: string, atMs: number, random: () => number): [SyncNote, SyncNoteDetails] {
  const id = `${text(random, 12)}.1`
  const note = { at: new Date(atMs).toISOString(), branchId, kind: 'heartbeat', sent: 0, received: 0 } as const
  const cost = { bytesSent: 900, bytesReceived: 700, ms: 1 + random() * 4 }
  return [
    { ...note, ...cost, outcome: 'ok', requestId: id },
    { documents: [], delaysMs: [], backlog: Math.floor(random() * 20) },
  ]
}

function exchange(
  branches: readonly string[],
  i: number,
  atMs: number,
  random: () => number,
): [SyncNote, SyncNoteDetails] {
  const { kind, documents: count } = KINDS[Math.floor(random() * KINDS.length)]!
  const number = Math.floor(random() * branches.length)
  const fails = i % FAILS_EACH === 0 || (number === branches.length - 1 && random() < 0.9)
  const documents = Array.from({ length: count }, (_, n) => ({
    collection: n === 0 ? 'orders' : 'members',
    id: text(random, 32),
    seq: i * 3 + n,
  }))
  const cycle = text(random, 12)
  const isMirror = kind === 'mirror'
  const note: SyncNote = {
    at: new Date(atMs).toISOString(),
    ...(!isMirror && { branchId: branches[number]! }),
    kind,
    ...(!isMirror && { class: kind === 'push' ? 80 : 100 }),
    sent: kind === 'pull' ? 0 : count,
    received: kind === 'pull' ? count : 0,
    ...((kind === 'push' || isMirror) && { outcomes: { applied: count } }),
    bytesSent: 400 + 220 * count,
    bytesReceived: 300,
    ms: Math.round(random() * 4000) / 100,
    ...(!isMirror && { queuedMs: Math.round(random() * 100) / 100 }),
    outcome: fails ? 'failed' : 'ok',
    ...(fails && { code: CODES[i % CODES.length]! }),
    requestId: isMirror ? cycle : `${cycle}.${1 + Math.floor(random() * 5)}`,
    ...(isMirror ? { mirror: 'outpost' } : { cycle }),
  }
  return [note, { documents, delaysMs: kind === 'push' ? documents.map(() => random() * 20_000) : [] }]
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** As ids are: in no order. */
function text(random: () => number, length: number): string {
  let made = ''
  for (let left = length; left > 0; left -= 5) {
    made += Math.floor(random() * LETTERS.length ** 5)
      .toString(36)
      .padStart(5, '0')
      .slice(0, left)
  }
  return made
}

/** Mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
