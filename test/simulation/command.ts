/** A command of the model: a name and plain arguments, so that a list of commands reads as a story and can be repeated. */
import type fc from 'fast-check'
import type { Facts, SimulatedWorld } from './simulated-world.ts'

export type Command = fc.AsyncCommand<Facts, SimulatedWorld>

export function command<Arguments>(
  name: string,
  args: fc.Arbitrary<Arguments>,
  perform: (world: SimulatedWorld, args: Arguments) => Promise<void>,
  isPossible: (facts: Readonly<Facts>) => boolean = () => true,
): fc.Arbitrary<Command> {
  return args.map((given) => ({
    check: (facts) => isPossible(facts),
    run: (_facts, world) => perform(world, given),
    toString: () => `${name}(${JSON.stringify(given)})`,
  }))
}

/** An element that a number picks; the same number picks another one once there are more. */
export function picked<T>(list: readonly T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list[pick % list.length]
}
