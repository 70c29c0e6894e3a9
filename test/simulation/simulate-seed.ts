/** One seed is one history: how many branches there are, what everybody does, which links fail, what the clocks say. */
import fc from 'fast-check'
import { asking, breaking, connecting, connectingAll, editing, registering, selling } from './branch-commands.ts'
import type { Command } from './command.ts'
import { deciding, workingAtHeadquarters } from './headquarters-commands.ts'
import { checkHealed } from './healed-chain.ts'
import { restoring } from './restoring-commands.ts'
import { SimulatedWorld } from './simulated-world.ts'

/** What comes more often stands here more often. */
const commands = fc.commands(
  [
    ...times(4, registering),
    ...times(2, editing),
    ...times(4, selling),
    ...times(6, asking),
    ...times(10, deciding),
    ...times(2, workingAtHeadquarters),
    ...times(2, breaking),
    ...times(1, restoring),
    ...times(14, [connecting]),
    ...times(4, [connectingAll]),
  ],
  { maxCommands: 100, size: 'max' },
)

/** Whom the branches have registered before anything goes wrong: a chain without members has little to decide. */
const opening = fc.array(fc.oneof(...registering), { minLength: 2, maxLength: 6, size: 'max' })

/** Everybody connects once, and is copied: who goes back without a newer copy goes back to this one. */
const opened: Command = {
  check: () => true,
  run: async (_facts, world) => {
    for (const at of world.chain.branches) {
      await at.cycle.run()
      await world.chain.backUp(at)
    }
    world.backUpCloud()
  },
  toString: () => 'open({})',
}

interface History {
  readonly branches: number
  readonly commands: readonly Command[]
}

export interface SimulationResult {
  readonly seed: number
  /** The shortest history that was found to fail in this way, and what is wrong with it. */
  readonly failure?: { readonly branches: number; readonly story: readonly string[]; readonly message: string }
  /** Of the final state of headquarters: the same for every run of a seed. */
  readonly digest: string
}

/** @param shrinkMs how long a shorter history may be looked for that fails in the same way; 0 for not at all */
export async function simulateSeed(seed: number, shrinkMs = 0): Promise<SimulationResult> {
  let whole: History = { branches: 0, commands: [] }
  let digest = ''
  const property = fc.asyncProperty(fc.integer({ min: 3, max: 8 }), opening, commands, async (branches, first, all) => {
    whole = { branches, commands: [...first, opened, ...all] }
    digest = await run(seed, whole)
  })
  // The first run of a property is of small values by itself; these are to be as long as they may be.
  const { failed, errorInstance } = await fc.check(property, {
    seed,
    numRuns: 1,
    unbiased: true,
    endOnFailure: true,
  })
  if (!failed) return { seed, digest }
  const found = await shorten(seed, whole, errorInstance as Error, shrinkMs)
  const { branches } = whole
  const message = found.error.stack ?? found.error.message
  return { seed, digest, failure: { branches, story: found.commands.map(String), message } }
}

/** @returns the digest of headquarters' final state */
export async function run(seed: number, { branches, commands: all }: History): Promise<string> {
  const world = new SimulatedWorld(seed, branches)
  try {
    await fc.asyncModelRun(() => ({ model: world.facts, real: world }), all)
    const found = await checkHealed(world)
    if (found.length > 0) throw new Error(found.join('\n'))
    return world.digest()
  } finally {
    world.close()
  }
}

/** Leaves out ever smaller parts of a history for as long as it fails in the same way (Zeller's delta debugging, 2002). */
async function shorten(
  seed: number,
  { branches, commands: all }: History,
  error: Error,
  shrinkMs: number,
): Promise<{ commands: readonly Command[]; error: Error }> {
  const untilMs = performance.now() + shrinkMs
  let best = { commands: all, error }
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.commands.length;) {
      if (performance.now() > untilMs) return best
      const rest = best.commands.toSpliced(at, size)
      try {
        await run(seed, { branches, commands: rest })
        at += size
      } catch (cause) {
        if (kindOf(cause as Error) === kindOf(error)) best = { commands: rest, error: cause as Error }
        else at += size
      }
    }
  }
  return best
}

/** What is wrong, whoever it is wrong with. */
function kindOf({ message }: Error): string {
  // What stands around a find is different each time.
  const [first = ''] = message.split(/\n|: …/)
  return first.replaceAll(/[-\w+]*\d[-\w]*/g, '#')
}

function times(weight: number, all: readonly fc.Arbitrary<Command>[]): fc.Arbitrary<Command>[] {
  return Array.from({ length: weight }, () => all).flat()
}
