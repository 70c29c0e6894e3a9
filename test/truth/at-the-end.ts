/** Once nothing goes wrong any more, whatever is not in sync within some cycles has to name what is really the matter. */
import { cure, keepOne } from './steps.ts'
import type { TruthChecker } from './truth-checker.ts'
import type { TruthWorld } from './truth-world.ts'

/** Longer than the longest pause after failures. */
const PATIENCE_MS = 900_000
const CHECK_MS = 60_000

export async function checkEnd(
  world: TruthWorld,
  checker: TruthChecker,
  look: (ms: number) => Promise<void>,
): Promise<void> {
  await endFaults(world, look)
  for (let passed = 0; passed < PATIENCE_MS && checker.wrong.length === 0; passed += CHECK_MS) {
    await look(CHECK_MS)
    world.chain.takeBackLost()
    if (checker.unexplained().length === 0) break
  }
  if (checker.wrong.length > 0) return
  checker.wrong.push(...checker.unexplained().map((what) => `in the end ${what}`))
  // Alerts that last now have to be of what lasts.
  if (checker.wrong.length === 0) await look(120_000)
}

async function endFaults(world: TruthWorld, look: (ms: number) => Promise<void>): Promise<void> {
  for (const at of world.chain.branches.slice()) {
    Object.assign(world.lineOf(at), { isCut: false, requestMs: 0, answerMs: 0, faults: [] })
    if (!world.isOn(at)) await world.begin(at)
    void world.operationsOf(at).setSync('set', { resume: ['orders'] })
    void world.operationsOf(at).setSync('on')
  }
  // Of some chains people take care, others keep their lasting troubles.
  if (world.settings.seed % 2 === 0) return
  for (const at of world.chain.branches.slice()) {
    world.osOffsets.set(at.id, 0)
    await look(30_000)
    if (world.isOn(at)) await keepOne(world, at)
    if (world.isOn(at)) cure(world, at)
  }
}
