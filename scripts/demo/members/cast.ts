/** Who and what every chapter works with. */
import type { DemoChain } from '../chain.ts'
import { Counter } from './counter.ts'
import { HeadOffice } from './head-office.ts'
import { bringLevel } from './level.ts'
import type { Place } from './place.ts'
import type { Story } from './story.ts'

export interface Cast {
  readonly story: Story
  readonly office: HeadOffice
  readonly north: Counter
  readonly south: Counter
  readonly east: Counter
  /** Headquarters, then the branches. */
  readonly places: readonly Place[]
  /** A number that nobody had before this run. */
  newPhone(): string
  /** Restores the links of these branches, and resolves when they are level with headquarters. */
  connect(...counters: readonly Counter[]): Promise<void>
}

/** @param run counts the runs on the same data from 1 */
export function createCast(chain: DemoChain, story: Story, run: number): Cast {
  const office = new HeadOffice(chain.cloud)
  const [north, south, east] = ['North', 'South', 'East'].map((label, i) => new Counter(chain.branches[i]!, label))
  const counters = [north!, south!, east!] as const
  let phones = 0
  return {
    story,
    office,
    north: counters[0],
    south: counters[1],
    east: counters[2],
    places: [office, ...counters],
    newPhone: () => `139${digits(run)}${digits(++phones)}`,
    async connect(...back) {
      for (const counter of back) counter.comeBack()
      await bringLevel(
        chain,
        back.map(({ branch }) => branch),
      )
    },
  }
}

function digits(n: number): string {
  return String(n % 10_000).padStart(4, '0')
}
