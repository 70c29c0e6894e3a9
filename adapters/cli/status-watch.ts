/** Follows the statuses of running nodes, also when one is stopped and started again. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { readEvents } from '../http/read-events.ts'
import { drawn, type Screen } from './draw-screen.ts'
import { commandHeaders, findRunningNode } from './node-client.ts'
import { statusInWords } from './status-in-words.ts'

type Status = BranchNodeStatus | CloudNodeStatus

export interface WatchOptions {
  /** A line for each change, and `{"data": …, "running": false}` when a node is gone. */
  readonly json: boolean
  readonly write: (text: string) => void
  /** A terminal, which is drawn anew at each change; `undefined` where it is none, and texts follow each other. */
  readonly screen: () => Screen | undefined
  readonly signal: AbortSignal
  /** From any origin: the wall clock may be set. */
  readonly steadyMs?: () => number
  /** For so long a node may say nothing before it counts as gone. */
  readonly silenceMs?: number
}

/** Before a node that does not run is looked for again, and what is shown is judged anew. */
const LOOK_MS = 500
/** One that lives gives a sign every 15 s; one that stands still keeps its connections and says nothing. */
const SILENCE_MS = 35_000

interface Heard {
  readonly status: Status
  readonly atMs: number
}

/** Until the signal. */
export async function watchStatuses(folders: readonly string[], options: WatchOptions): Promise<void> {
  const { json, write, screen, signal, steadyMs = () => performance.now(), silenceMs = SILENCE_MS } = options
  const latest = new Map<string, Heard>()
  /** What was said of a node last, without the time. */
  const said = new Map<string, string>()
  const nowOf = ({ status, atMs }: Heard) => Date.parse(status.time) + (steadyMs() - atMs)
  const inWords = (heard: Heard) =>
    `${new Date(nowOf(heard)).toISOString()}\n${statusInWords(heard.status, nowOf(heard))}`
  const show = (folder: string) => {
    const heard = latest.get(folder)
    if (heard) said.set(folder, statusInWords(heard.status, nowOf(heard)))
    else said.delete(folder)
    if (json) return write(`${JSON.stringify(heard?.status ?? { data: folder, running: false })}\n`)
    const terminal = screen()
    if (terminal === undefined) return write(`${heard ? inWords(heard) : goneInWords([folder])}\n\n`)
    const shown = folders.flatMap((one) => latest.get(one) ?? []).map(inWords)
    write(drawn(shown.length > 0 ? shown.join('\n') : goneInWords(folders), terminal))
  }
  const hear = (folder: string, status: Status | undefined) => {
    if (status) latest.set(folder, { status, atMs: steadyMs() })
    else latest.delete(folder)
    show(folder)
  }
  // Where nothing is heard nothing changes, and yet a branch falls silent and a comparison gets old.
  const judging = setInterval(() => {
    if (json) return
    for (const [folder, heard] of latest) {
      if (said.get(folder) !== statusInWords(heard.status, nowOf(heard))) show(folder)
    }
  }, LOOK_MS)
  try {
    await Promise.all(folders.map((folder) => follow(folder, (status) => hear(folder, status), signal, silenceMs)))
  } finally {
    clearInterval(judging)
  }
}

/** Tells of each change, and `undefined` when a node that was there is gone. */
async function follow(
  folder: string,
  tell: (status: Status | undefined) => void,
  signal: AbortSignal,
  silenceMs: number,
): Promise<void> {
  let told: string | undefined
  while (!signal.aborted) {
    try {
      for await (const status of statusesOf(folder, signal, silenceMs)) {
        const text = JSON.stringify({ ...status, time: undefined })
        if (text === told) continue
        told = text
        tell(status)
      }
    } catch {
      // It has been stopped or killed, or stands still.
    }
    if (told !== undefined && !signal.aborted) tell(undefined)
    told = undefined
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function* statusesOf(folder: string, signal: AbortSignal, silenceMs: number): AsyncGenerator<Status> {
  const node = await findRunningNode(folder)
  if (!node) return
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), silenceMs)
  try {
    const ending = AbortSignal.any([signal, silent.signal])
    const response = await fetch(`${node.url}/api/status/stream`, { headers: commandHeaders(node), signal: ending })
    if (response.ok) yield* readEvents<Status>(response, () => timer.refresh(), ending)
  } finally {
    clearTimeout(timer)
  }
}

function goneInWords(folders: readonly string[]): string {
  return `no node answers on ${folders.join(' or ')}; it is looked for`
}
