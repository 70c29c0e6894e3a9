/** Server-sent events (HTML Living Standard §9.2): one response that stays open, kept alive by comments. */
import type { Response } from 'express'

/** Proxies cut a connection that says nothing for a minute. */
const KEEP_ALIVE_MS = 15_000

/** A client that leaves so much unread is cut off, bytes; it comes again and gets what is true then. */
const MAX_UNREAD = 8 * 2 ** 20

export interface EventStream {
  /** @returns how long it was, characters */
  send(data: unknown): number
  end(): void
}

/**
 * Opens a stream; `onClose` runs once when the client has gone or the server closes, and never before this returns.
 *
 * @param isAdmitted asked before anything is sent: the stream ends for whoever may not hear more
 */
export function openEventStream(res: Response, onClose: () => void, isAdmitted: () => boolean): EventStream {
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  const end = () => {
    clearInterval(keepAlive)
    res.end()
  }
  const write = (text: string) => {
    if (res.writableEnded) return
    if (isAdmitted()) res.write(text)
    else end()
  }
  res.write(': open\n\n')
  const keepAlive = setInterval(() => write(': alive\n\n'), KEEP_ALIVE_MS)
  const closed = () => {
    clearInterval(keepAlive)
    onClose()
  }
  // It may have gone while it was asked who it is, and nobody would ever hear of that.
  if (res.closed) queueMicrotask(closed)
  // Of the response, since a request with a body is closed once that is read.
  else res.once('close', closed)
  return {
    send: (data) => {
      const text = `data: ${JSON.stringify(data)}\n\n`
      write(text)
      if (res.writableLength > MAX_UNREAD) res.destroy()
      return text.length
    },
    end,
  }
}
