import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { NudgeStream, type NudgeStreamState } from '../../../adapters/http/nudge-stream.ts'
import { signedFetchTo } from '../../support/signed-fetch.ts'

const nothing = (): void => undefined
const LOG = { debug: nothing, info: nothing, warn: nothing, error: nothing }

let server: ReturnType<typeof createServer>
let url: string
const heard = new EventTarget()
const opened: ServerResponse[] = []
const nudges: number[] = []
const states: NudgeStreamState[] = []
let stream: NudgeStream
let unreached: number
/** Headquarters is being restarted behind its proxy. */
let refusing: boolean

beforeEach(async () => {
  opened.length = nudges.length = states.length = unreached = 0
  refusing = false
  server = createServer((_req, res) => {
    if (refusing) {
      res.writeHead(503).end()
      heard.dispatchEvent(new Event('refused'))
      return
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(': open\n\n')
    opened.push(res)
    heard.dispatchEvent(new Event('stream'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  stream = new NudgeStream({
    send: signedFetchTo(url),
    log: LOG,
    onNudge: (priority) => {
      nudges.push(priority)
      heard.dispatchEvent(new Event('nudge'))
    },
    onState: (state) => {
      states.push(state)
      heard.dispatchEvent(new Event(state))
    },
    onUnreached: () => (unreached += 1),
  })
})
afterEach(async () => {
  await stream.stop()
  server.closeAllConnections()
  server.close()
})

it('hands on what headquarters says, and comes again when it is cut', async () => {
  const first = once(heard, 'open')
  stream.start()
  await first
  const nudged = once(heard, 'nudge')
  opened[0]!.write('data: {"priority":80}\n\n')
  await nudged
  expect(nudges).toEqual([80])

  const again = once(heard, 'open')
  opened[0]!.destroy()
  await again
  expect(opened).toHaveLength(2)
  expect(states).toEqual(['connecting', 'open', 'connecting', 'open'])
  expect(unreached).toBe(0)
})

it('takes no nudge from what is none, and ends when it is stopped', async () => {
  const first = once(heard, 'open')
  stream.start()
  await first
  const nudged = once(heard, 'nudge')
  opened[0]!.write('data: {"news":true}\n\ndata: {"priority":20}\n\n')
  await nudged
  expect(nudges).toEqual([20])
  const gone = once(opened[0]!, 'close')
  await stream.stop()
  await gone
  expect(stream.state).toBe('off')
})

it('is tried on while something answers that is no stream, and at once when the link is known to be back', async () => {
  refusing = true
  stream.start()
  await once(heard, 'refused')
  // From its fourth try on it would wait for seconds.
  for (let tries = 0; tries < 4; tries++) await wakeUntil('refused')
  expect(states).toEqual(['connecting'])
  refusing = false
  await wakeUntil('open')
  expect(states).toEqual(['connecting', 'open'])
})

it('says once that it is not found again, each time that it is lost', async () => {
  const first = once(heard, 'open')
  stream.start()
  await first
  for (const times of [1, 2]) {
    refusing = true
    opened.at(-1)!.destroy()
    for (let tries = 0; tries < 3; tries++) await wakeUntil('refused')
    expect(unreached).toBe(times)
    refusing = false
    await wakeUntil('open')
  }
})

/** It may still be on its way to its pause. */
async function wakeUntil(event: string): Promise<void> {
  const happened = once(heard, event)
  const waking = setInterval(() => stream.wake(), 5)
  await happened
  clearInterval(waking)
}

it('is off when it was stopped in the turn in which it was started', async () => {
  stream.start()
  await stream.stop()
  expect(stream.state).toBe('off')
  expect(opened).toEqual([])
})
