/**
 * Malformed requests against both nodes as they run. `OUTPOST_FUZZ_SEED` makes other ones, and `OUTPOST_FUZZ_CASE=cloud:17`
 * sends one again and says what was answered.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenApi } from '../../adapters/http/openapi.ts'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { isRecord } from '../../schemas/json.ts'
import { loopback } from '../support/loopback-request.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { contentOf, startSecurityChain, tell, type Asker, type SecurityChain } from '../support/security-chain.ts'
import { Fuzzer, type FuzzCase } from '../support/security-fuzz.ts'
import { heartbeatOf } from '../support/served-cloud.ts'
import { BRANCH, BRANCH_ROLES, HEADQUARTERS, HEADQUARTERS_ROLES } from './access-table.ts'

const SEED = Number(process.env['OUTPOST_FUZZ_SEED'] ?? '20261122')
const ONLY = process.env['OUTPOST_FUZZ_CASE']?.split(':')
/** For each of the two nodes. */
const CASES = proofCount(6000)
const AT_ONCE = 6
/** Longer than any answer takes on a slow machine; what is cut off is answered as soon as its end is heard. */
const SILENCE_MS = 20_000
/** What a node may grow by between a third of the requests and all of them, bytes. */
const MOST_GROWTH = 128 * 2 ** 20

let chain: SecurityChain

beforeAll(async () => {
  chain = await startSecurityChain()
  await tell(chain.cloud, chain.headquarters.branch, '/exchange/v1/heartbeat', heartbeatOf('east'))
})

afterAll(() => chain.stop())

interface Target {
  readonly name: 'cloud' | 'north'
  readonly node: NodeProcess
  readonly net: number
  /** Whoever is let in at an address, and nobody. */
  readonly askers: (address: string) => readonly Asker[]
}

function targets(): Target[] {
  return [
    {
      name: 'cloud',
      node: chain.cloud,
      net: 32,
      askers: (address) => inOf(HEADQUARTERS_ROLES, HEADQUARTERS[address]!, chain.headquarters),
    },
    {
      name: 'north',
      node: chain.north,
      net: 64,
      askers: (address) => inOf(BRANCH_ROLES, BRANCH[address]!, chain.branch),
    },
  ]
}

function inOf<Level extends string, Role extends string>(
  roles: Readonly<Record<Role, Readonly<Record<Level, string>>>>,
  level: Level,
  askers: Readonly<Record<Role, Asker>>,
): Asker[] {
  return (Object.keys(roles) as Role[]).filter((role) => roles[role][level] === 'in').map((role) => askers[role])
}

/** The bytes of a request, from one who is let in, and every fifth time from nobody. */
async function bytesOf(made: FuzzCase, { askers }: Target, number: number): Promise<{ bytes: Buffer; asker: string }> {
  const { method, path, headers, body, raw, length, address, showsItself } = made
  if (raw) return { bytes: raw, asker: 'nobody' }
  const able = askers(address)
  const asker = showsItself === true || number % 5 === 0 ? undefined : able[number % able.length]
  const proof = asker ? await asker.headers(method, path, body) : {}
  const told = headers.some(([name]) => name === 'host') ? [] : [['host', 'localhost']]
  const size =
    length === 'none' || (body.length === 0 && length === undefined)
      ? []
      : [['content-length', length ?? String(body.length)]]
  const lines = [...told, ['connection', 'close'], ...headers, ...size, ...Object.entries(proof)]
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
  return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]), asker: asker?.name ?? 'nobody' }
}

function send({ node }: Target, from: string, bytes: Buffer, ends: boolean): Promise<Buffer> {
  const { hostname, port } = new URL(node.url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: hostname, port: Number(port), localAddress: from })
    const silence = setTimeout(() => socket.destroy(new Error('the node has said nothing')), SILENCE_MS)
    socket.on('data', (chunk) => chunks.push(chunk))
    // What was said before a connection broke counts: the node need not hear of a body that it refuses to the end.
    let broken: NodeJS.ErrnoException | undefined
    socket.once('error', (error) => (broken = error))
    socket.once('close', () => {
      clearTimeout(silence)
      if (chunks.length === 0 && broken) reject(broken)
      else resolve(Buffer.concat(chunks))
    })
    if (ends) socket.end(bytes)
    else socket.write(bytes)
  })
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

function firstAnswer(bytes: Buffer): Answer | undefined {
  const text = bytes.toString('utf8')
  const end = text.indexOf('\r\n\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  if (end < 0 || status === undefined) return undefined
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1] ?? '0')
  const body = Buffer.from(text.slice(end + 4))
    .subarray(0, length)
    .toString('utf8')
  try {
    return { status: Number(status), body: JSON.parse(body) as unknown }
  } catch {
    return { status: Number(status), body }
  }
}

/** What is wrong with an answer; `undefined` for one that is as it should be. */
function complaintOf({ parks, ends }: FuzzCase, bytes: Buffer): string | undefined {
  // Who has hung up may be hung up on.
  if (bytes.length === 0 && ends === true) return undefined
  const answer = firstAnswer(bytes)
  if (!answer) return `no answer: ${bytes.toString('latin1').slice(0, 200)}`
  const { status, body } = answer
  const said = `${status} ${JSON.stringify(body).slice(0, 300)}`
  if (status === 200 && parks === true) return undefined
  if (status < 400 || status >= 500) return said
  if (!isRecord(body)) return said
  const { code, message, field, requestId, error, ...more } = body
  const isShape =
    typeof code === 'string' &&
    code in ERROR_CATALOGUE &&
    typeof message === 'string' &&
    (field === undefined || typeof field === 'string') &&
    typeof requestId === 'string' &&
    (error === undefined || error === true) &&
    Object.keys(more).length === 0
  return isShape ? undefined : said
}

function rssOf({ dataDir }: NodeProcess): number {
  const { pid } = readNodeFile(dataDir)!
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

/** Asks again and again whether both nodes answer, until it is told to stop. */
function watchHealth(): { stop: () => Promise<{ asked: number; slowestMs: number; failed: string[] }> } {
  const watch = { isOver: false }
  const seen = { asked: 0, slowestMs: 0, failed: [] as string[] }
  const watching = (async () => {
    while (!watch.isOver) {
      for (const { name, node, net } of targets()) {
        const begun = performance.now()
        const from = `127.${net + 16}.${(seen.asked >> 8) & 255}.${seen.asked & 255}`
        const answer = await loopback(node.url, { method: 'GET', path: '/api/health', from }).catch(String)
        if (typeof answer === 'string' || answer.status !== 200) seen.failed.push(`${name}: ${JSON.stringify(answer)}`)
        seen.asked += 1
        seen.slowestMs = Math.max(seen.slowestMs, performance.now() - begun)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return seen
  })()
  return {
    stop: () => {
      watch.isOver = true
      return watching
    },
  }
}

/** What was refused of a branch's documents is told here, and nothing else. */
const REFUSED = ['exception', 'joining']
const MIB = 2 ** 20
const kept = () => targets().map(({ node }) => contentOf(node.dataDir, REFUSED))

describe('malformed requests', () => {
  it(
    'are refused by both nodes in one shape, whoever sends them; nothing falls, grows or changes by them',
    async () => {
      // It would tell headquarters of what it refuses.
      await chain.north.post('/api/sync/settings', { action: 'off' })
      const before = kept()
      const watch = watchHealth()
      const wrong: string[] = []
      const counts = new Map<string, number>()
      const figures: string[] = []
      const begun = performance.now()
      let sent = 0
      for (const target of targets()) {
        const { json } = await loopback(target.node.url, {
          method: 'GET',
          path: '/api/openapi.json',
          from: '127.3.0.3',
        })
        const fuzzer = new Fuzzer(json as OpenApi)
        const run = async (number: number) => {
          const made = fuzzer.make(SEED, number)
          const { bytes, asker } = await bytesOf(made, target, number)
          const from = `127.${target.net + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
          const answer = await send(target, from, bytes, made.ends === true).catch(String)
          const complaint = typeof answer === 'string' ? answer : complaintOf(made, answer)
          sent += 1
          const status = typeof answer === 'string' ? 'broken' : String(firstAnswer(answer)?.status ?? 'hung up')
          counts.set(status, (counts.get(status) ?? 0) + 1)
          if (complaint === undefined && !ONLY) return
          wrong.push(
            `${target.name}:${number} ${asker} ${made.address} (${made.about}): ${complaint}\n${bytes.toString('latin1').slice(0, ONLY ? 5000 : 400)}`,
          )
        }
        // A branch asks one thing after another; what it asks at once waits, or is given up.
        const signed = new Map<boolean, Promise<void>>()
        const inTurn = (number: number) => {
          const isBranch = fuzzer.make(SEED, number).address.startsWith('POST /exchange/')
          if (!isBranch) return run(number)
          const turn = (signed.get(true) ?? Promise.resolve()).then(() => run(number))
          signed.set(true, turn)
          return turn
        }
        const numbers = ONLY
          ? ONLY[0] === target.name
            ? [Number(ONLY[1])]
            : []
          : Array.from({ length: CASES }, (_, i) => i)
        const third = Math.ceil(numbers.length / 3)
        const rss = [rssOf(target.node)]
        for (const part of [numbers.slice(0, third), numbers.slice(third)]) {
          const queue = part.values()
          await Promise.all(
            Array.from({ length: AT_ONCE }, async () => {
              for (const number of queue) await inTurn(number)
            }),
          )
          rss.push(rssOf(target.node))
        }
        const [start, warm, end] = rss as [number, number, number]
        figures.push(
          `${target.name}: RSS ${rss.map((bytes) => Math.round(bytes / MIB)).join(' → ')} MiB at the start, after a third, at the end; ${fuzzer.fields} wrong fields`,
        )
        expect(start).toBeGreaterThan(0)
        if (end - warm > MOST_GROWTH) wrong.push(`${target.name} has grown by ${Math.round((end - warm) / MIB)} MiB`)
      }
      const health = await watch.stop()
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      const answers = [...counts]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([status, count]) => `${count} × ${status}`)
        .join(', ')
      console.log(
        `fuzz: seed ${SEED}, ${sent} requests in ${seconds} s (${answers}); ${figures.join('; ')}; health asked ${health.asked} times, ${Math.round(health.slowestMs)} ms at the slowest`,
      )
      expect(wrong.slice(0, 20)).toEqual([])
      expect(health.failed).toEqual([])
      expect(health.asked).toBeGreaterThan(2)
      expect(kept()).toEqual(before)
    },
    proofTimeout(120_000),
  )

  it.each(['__proto__', 'constructor', 'toString', 'valueOf'])(
    'are refused where the encoding of a body is a name of JavaScript: %s',
    async (encoding) => {
      const { cashier } = chain.branch
      const headers = { ...(await cashier.headers('POST', '/api/members')), 'content-type': 'application/json' }
      const asked = { method: 'POST', path: '/api/members', from: cashier.from, body: '{}' }
      const answer = await loopback(chain.north.url, {
        ...asked,
        headers: { ...headers, 'content-encoding': encoding },
      })
      expect(answer).toMatchObject({ status: 400, json: { code: 'BAD_REQUEST', field: 'content-encoding' } })
    },
  )
})
