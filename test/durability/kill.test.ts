/**
 * Kills a writing process again and again and looks at what it leaves. A killed process loses what only it knew, not what
 * the system has in its caches: that a commit is synced is for `open-database.test.ts` to hold.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createRandom, type SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { bundleProcess } from './support/bundle-process.ts'
import { expectPrefix } from './support/expect-prefix.ts'
import { History, toBursts } from './support/history.ts'
import type { Operation } from './support/operation.ts'
import { copyStore } from './support/store-files.ts'
import { runUntilKilled, type Moment } from './support/writer.ts'

const KILLS = proofCount(200)
/** Kills that one store goes through, so that recoveries meet what recoveries have left. */
const KILLS_OF_A_STORE = 10
/** Mostly more than a process writes before it is killed. */
const AHEAD = 500

let scripts: { path: string; remove: () => void }
let writer: string

beforeAll(async () => {
  scripts = temporaryFolder()
  writer = await bundleProcess('writer-process.ts', scripts.path)
})

afterAll(() => scripts.remove())

describe('a process that is killed while it writes', () => {
  it(
    `leaves every acknowledged write, and a prefix of all: ${KILLS} kills`,
    async () => {
      const seeds = Array.from({ length: Math.ceil(KILLS / KILLS_OF_A_STORE) }, (_, i) => i + 1)
      const lives = seeds.map((seed) => ({
        seed,
        kills: Math.min(KILLS_OF_A_STORE, KILLS - (seed - 1) * KILLS_OF_A_STORE),
      }))
      await Promise.all([live(lives), live(lives)])
    },
    proofTimeout(60_000),
  )
})

async function live(lives: { seed: number; kills: number }[]): Promise<void> {
  for (let next = lives.shift(); next; next = lives.shift()) {
    const { seed, kills } = next
    await killAgainAndAgain(seed, kills).catch((cause: unknown) => {
      throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
  }
}

async function killAgainAndAgain(seed: number, kills: number): Promise<void> {
  const folder = temporaryFolder()
  try {
    const random = createRandom(seed)
    const history = new History(seed)
    const file = join(folder.path, 'store.sqlite')
    // The default keeps all in the log; small ones write the database all the time.
    const checkpointPages = random.pick([2048, 4, 32])
    let done = 0
    for (let kill = 0; kill < kills; kill++) {
      const bursts = toBursts(history.next(done, AHEAD), 1 + random.below(8))
      const moment = randomMoment(random, bursts.flat())
      const acknowledged = await runUntilKilled(writer, { file, done, bursts, checkpointPages }, moment)
      const underWay = endOfBurst(bursts, done, acknowledged)
      // A copy, so that the next process meets what this one left and not what looking at it has made of it.
      const copy = copyStore(file, join(folder.path, 'copy'))
      done = await expectPrefix(copy, history, acknowledged, underWay)
    }
  } finally {
    folder.remove()
  }
}

function randomMoment(random: SeededRandom, operations: readonly Operation[]): Moment {
  const kind = random.below(5)
  // Only the head's own row says then how far the sequence has come.
  if (kind === 4) return { at: 'own hand', count: operations.findIndex((operation) => operation.do === 'cleanup') + 1 }
  if (kind === 0) return { at: 'opening', delayMs: random.below(15) }
  if (kind === 1) return { at: 'own hand', count: 1 + random.below(60) }
  return { at: 'acknowledgement', count: 1 + random.below(60), delayMs: random.below(4) }
}

/** What is issued next waits for the acknowledgement of its whole burst. */
function endOfBurst(bursts: readonly (readonly unknown[])[], done: number, acknowledged: number): number {
  let end = done
  for (const burst of bursts) {
    end += burst.length
    if (end > acknowledged) break
  }
  return end
}
