/** Answers that begin and then stall, while memory is cleaned up: every reader of one gives up in time all the same. */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { formatEnrolmentCode, newEnrolmentCode } from '../../../adapters/access/enrolment-code.ts'
import { newSigningKey } from '../../../adapters/exchange/signature.ts'
import { readText } from '../../../adapters/http/read-text.ts'
import { withDeadline } from '../../../adapters/own-signal.ts'
import { enrolBranch } from '../../../local-node/enrol-branch.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { HeartbeatRequest } from '../../../schemas/protocol/exchange.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { exchangeClientTo } from '../../support/signed-fetch.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
/** Far beyond every deadline, and less than a test may take. */
const patience = { timeout: 20_000 }

let server: Server
let url: string
let answers: ServerResponse[]
let collecting: NodeJS.Timeout

beforeEach(async () => {
  answers = []
  server = createServer((req, res) => {
    req.resume()
    res.writeHead(200, { 'content-type': 'application/json' })
    res.write('{"a":')
    answers.push(res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  collecting = setInterval(collectGarbage, 20)
})

afterEach(async () => {
  vi.restoreAllMocks()
  clearInterval(collecting)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

it('a text that stalls is read no longer than the deadline, and its connection closed', patience, async () => {
  const never = new AbortController().signal
  const reading = withDeadline(1000, never, async ({ signal }) =>
    readText(await fetch(url, { signal, redirect: 'error' }), signal),
  )
  await expect(reading).rejects.toMatchObject({ name: 'TimeoutError' })
  if (!answers[0]!.closed) await once(answers[0]!, 'close')
})

it('a text that comes in pieces is put together, also within a letter', async () => {
  const text = '{"name":"茶"}'
  const bytes = new TextEncoder().encode(text)
  const pieces = [bytes.subarray(0, 10), bytes.subarray(10)]
  const body = new ReadableStream({
    pull: (controller) => {
      const piece = pieces.shift()
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
  })
  const lengths: number[] = []
  const { signal } = new AbortController()
  expect(await readText(new Response(body), signal, (length) => lengths.push(length))).toBe(text)
  expect(lengths).toEqual([10, bytes.length - 10])
  expect(await readText(new Response(null), signal)).toBe('')
})

it('headquarters’ answer to a branch', patience, async () => {
  const asking = exchangeClientTo(url).heartbeat({} as HeartbeatRequest, new AbortController().signal)
  await expect(asking).rejects.toMatchObject({ code: 'LINK_FAILED', message: 'headquarters did not answer in time' })
})

it('headquarters’ answer to a PC that is enrolled, each of the three times that it asks', patience, async () => {
  const folder = temporaryFolder()
  const start = globalThis.setTimeout
  // A few seconds of each deadline are enough to see that it holds.
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(
    (pass: (...about: never[]) => void, ms = 0, ...about: never[]) => start(pass, Math.min(ms, 1000), ...about),
  )
  const code = formatEnrolmentCode(newEnrolmentCode(newSigningKey().publicKey))
  const options = { dataDir: folder.path, cloudUrl: url, code, declarations: COLLECTIONS, log: SILENT }
  await expect(enrolBranch(options)).rejects.toMatchObject({ code: 'LINK_FAILED' })
  expect(answers).toHaveLength(3)
  folder.remove()
})

const ignore = () => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
