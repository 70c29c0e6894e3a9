/** Follows the statuses of running nodes, also when one is stopped and started again. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { readEvents } from '../http/read-events.ts'
import { commandHeaders, findRunningNode } from './node-client.ts'
import { statusInWords } from './status-in-words.ts'

type Status = BranchNodeStatus | CloudNodeStatus

export interface WatchOptions {
  /** A line for each change, and `{"data": …, "running": false}` when a node is gone. */
  readonly json: boolean
  readonly write: (text: string) => void
  /** Of a terminal, which is drawn anew at each change; `undefined` where it is none, and texts follow each other. */
  readonly rows: () => number | undefined
  readonly signal: AbortSignal
}

/** Before a node that does not run is looked for again. */
const LOOK_MS = 500

/** Until the signal. */
export async function watchStatuses(folders: readonly string[], options: WatchOptions): Promise<void> {
  const { json, write, rows, signal } = options
  const latest = new Map<string, Status>()
  const show = (folder: string, status: Status | undefined) => {
    if (status) latest.set(folder, status)
    else latest.delete(folder)
    if (json) return write(`${JSON.stringify(status ?? { data: folder, running: false })}\n`)
    const height = rows()
    if (height === undefined) return write(`${status ? withTime(status) : goneInWords([folder])}\n\n`)
    const shown = folders.flatMap((one) => latest.get(one) ?? []).map(withTime)
    write(drawn(shown.length > 0 ? shown.join('\n') : goneInWords(folders), height))
  }
  await Promise.all(folders.map((folder) => follow(folder, (status) => show(folder, status), signal)))
}

/** Tells of each change, and `undefined` when a node that was there is gone. */
async function follow(folder: string, tell: (status: Status | undefined) => void, signal: AbortSignal): Promise<void> {
  let told: string | undefined
  while (!signal.aborted) {
    try {
      for await (const status of statusesOf(folder, signal)) {
        const text = JSON.stringify({ ...status, time: undefined })
        if (text === told) continue
        told = text
        tell(status)
      }
    } catch {
      // It has been stopped, or killed.
    }
    if (told !== undefined && !signal.aborted) tell(undefined)
    told = undefined
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function* statusesOf(folder: string, signal: AbortSignal): AsyncGenerator<Status> {
  const node = await findRunningNode(folder)
  if (!node) return
  const response = await fetch(`${node.url}/api/status/stream`, { headers: commandHeaders(node), signal })
  if (response.ok) yield* readEvents<Status>(response, undefined, signal)
}

function withTime(status: Status): string {
  return `${status.time}\n${statusInWords(status)}`
}

function goneInWords(folders: readonly string[]): string {
  return `no node runs on ${folders.join(' or ')}; it is looked for`
}

const HOME_AND_CLEAR = '\u001B[H\u001B[2J'

/** No more than fits, since what is drawn anew must not scroll. */
function drawn(text: string, rows: number): string {
  const lines = text.split('\n')
  const room = Math.max(1, rows - 1)
  const shown = lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`] : lines
  return `${HOME_AND_CLEAR}${shown.join('\n')}\n`
}
