/** One seed is one chain and one history of it, in which claims are compared with the facts after every step. */
import { createRandom } from '../../scripts/demo/seeded-random.ts'
import { checkEnd } from './at-the-end.ts'
import { describe, drawSteps, lastsMs, perform, type Step } from './steps.ts'
import type { Claimers } from './claimers.ts'
import { TruthChecker } from './truth-checker.ts'
import { TruthWorld, type Lies } from './truth-world.ts'

/** Between two looks at what is claimed, ms of the chain's time; headquarters looks at its alerts as often. */
const LOOK_EVERY_MS = 30_000
const LOOK_RARELY_MS = 50_000
const INTERVALS_MS = [15_000, 20_000, 30_000] as const

export interface Mutant {
  readonly lies?: Lies
  readonly claimers?: Claimers
}

export interface TruthResult {
  readonly seed: number
  readonly steps: number
  /** Claims that were compared with the facts. */
  readonly claims: number
  readonly failure?: { readonly branches: number; readonly story: readonly string[]; readonly message: string }
}

export interface Told {
  /** What was claimed, and what is so; the first one only, since others may follow from it. */
  readonly wrong: readonly string[]
  readonly claims: number
}

export interface History {
  readonly seed: number
  readonly branches: number
  readonly intervalMs: number
  readonly steps: readonly Step[]
}

/** @param shrinkMs how long a shorter history may be looked for that fails in the same way; 0 for not at all */
export async function simulateSeed(seed: number, shrinkMs = 0, mutant: Mutant = {}): Promise<TruthResult> {
  const random = createRandom(seed)
  const history: History = {
    seed,
    branches: 2 + random.below(3),
    intervalMs: random.pick(INTERVALS_MS),
    steps: drawSteps(random, 16 + random.below(24)),
  }
  const { wrong, claims } = await tellStory(history, mutant)
  const result = { seed, steps: history.steps.length, claims }
  if (wrong.length === 0) return result
  const { steps, message } = await shorten(history, mutant, wrong[0]!, shrinkMs)
  return { ...result, failure: { branches: history.branches, story: steps.map(describe), message } }
}

/** One history, until something is wrong or it has come to its end. */
export async function tellStory(history: History, { lies, claimers }: Mutant = {}): Promise<Told> {
  const { seed, branches, intervalMs, steps } = history
  let checker: TruthChecker | undefined
  const world = new TruthWorld(
    { seed, branches, intervalMs, lies },
    (made) => (checker = new TruthChecker(made, claimers)),
  )
  const { wrong } = checker!
  try {
    const look = async (ms: number) => {
      const every = ms > 300_000 ? LOOK_RARELY_MS : LOOK_EVERY_MS
      for (let left = ms; left > 0 && wrong.length === 0; left -= every) {
        await world.pass(Math.min(every, left))
        checker!.check()
      }
    }
    await look(60_000)
    for (const step of steps) {
      await perform(world, step)
      await world.settled()
      checker!.check()
      // What happens within seconds is looked at after the next step.
      if (step.do === 'wait') await look(lastsMs(step))
      else await world.pass(lastsMs(step))
      if (wrong.length > 0) break
    }
    if (wrong.length === 0) await checkEnd(world, checker!, look)
    return { wrong, claims: checker!.claims }
  } finally {
    await world.close()
  }
}

/** Leaves out ever smaller parts of a history for as long as it fails in the same way (Zeller's delta debugging, 2002). */
async function shorten(
  history: History,
  mutant: Mutant,
  first: string,
  shrinkMs: number,
): Promise<{ steps: readonly Step[]; message: string }> {
  const untilMs = performance.now() + shrinkMs
  let best = { steps: history.steps, message: first }
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.steps.length;) {
      if (performance.now() > untilMs) return best
      const steps = best.steps.toSpliced(at, size)
      const { wrong } = await tellStory({ ...history, steps }, mutant)
      if (wrong.length > 0 && kindOf(wrong[0]!) === kindOf(first)) best = { steps, message: wrong[0]! }
      else at += size
    }
  }
  return best
}

/** What is wrong, whoever it is wrong with. */
function kindOf(message: string): string {
  return message.replace(/^at \S+: /, '').replaceAll(/[-\w]*\d[-\w:.]*/g, '#')
}
